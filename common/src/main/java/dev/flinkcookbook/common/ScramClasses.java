package dev.flinkcookbook.common;

import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.SaslConfigs;

/**
 * The classes by which a client of Kafka logs in with SCRAM. Kafka hands them to the JVM once; on a session cluster they are those of
 * whichever job came first, and serve all later ones. If that job was refused and is gone, what it had no time to load is not to
 * be had any more, and nobody can log in until the JobManager is restarted.
 */
final class ScramClasses {

    private static final String PACKAGE = "org.apache.kafka.common.security.scram.internals.";

    private static final List<String> NAMES = List.of(
            "ScramExtensions",
            "ScramFormatter",
            "ScramMechanism",
            "ScramMessages",
            "ScramMessages$AbstractScramMessage",
            "ScramMessages$ClientFirstMessage",
            "ScramMessages$ServerFirstMessage",
            "ScramMessages$ClientFinalMessage",
            "ScramMessages$ServerFinalMessage",
            "ScramSaslClient",
            "ScramSaslClient$State",
            "ScramSaslClient$ScramSaslClientFactory");

    private ScramClasses() {}

    /** Loads all of them at once, before the first login. */
    static void load(Properties client) {
        if (!client.getProperty(SaslConfigs.SASL_MECHANISM, "").startsWith("SCRAM")) {
            return;
        }
        for (String name : NAMES) {
            try {
                Class.forName(PACKAGE + name, true, Admin.class.getClassLoader());
            } catch (ClassNotFoundException anotherVersionOfTheClient) {
                // It has other parts; the login says whether it works.
            }
        }
    }
}
