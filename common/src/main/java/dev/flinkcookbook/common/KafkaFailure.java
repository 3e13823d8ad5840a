package dev.flinkcookbook.common;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.NoSuchFileException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.ClientDnsLookup;
import org.apache.kafka.clients.ClientUtils;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;

/** The one line for what Kafka, or the way to it, refuses a job; it names what to look at and holds no secret. */
final class KafkaFailure {

    private static final String FILE = " of --kafka-properties";

    private static final int TO_CONNECT_MS = 1_000;

    private KafkaFailure() {}

    static IllegalStateException notAllowed(String servers, Collection<String> permissions) {
        return new IllegalStateException("Kafka at " + servers + " does not allow " + String.join(", ", permissions));
    }

    /** A broker that wants TLS drops a client without it, and says nothing; to the client it looks as if it were not there. */
    static IllegalStateException noAnswer(Properties client, String patience, Throwable failure) {
        String servers = client.getProperty(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG);
        boolean plain = !client.containsKey(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG);
        return new IllegalStateException(
                "Kafka at " + servers + " does not answer " + patience
                        + (plain && isListening(servers)
                                ? ", but something listens there: if it wants TLS or a password, --kafka-properties"
                                        + " must say so (security.protocol)"
                                : ""),
                failure);
    }

    private static boolean isListening(String servers) {
        for (InetSocketAddress address : ClientUtils.parseAndValidateAddresses(
                List.of(servers.split(",")), ClientDnsLookup.USE_ALL_DNS_IPS.toString())) {
            try (Socket socket = new Socket()) {
                socket.connect(address, TO_CONNECT_MS);
                return true;
            } catch (IOException notThisOne) {
                // Perhaps the next one.
            }
        }
        return false;
    }

    static IllegalStateException of(String servers, Throwable failure) {
        Throwable deepest = deepest(failure);
        if (isOf(SaslConfigs.SASL_JAAS_CONFIG, deepest)) {
            // Without the cause: what cannot be parsed is quoted there, and it may be a part of the password.
            return new IllegalStateException("Kafka at " + servers + ": " + SaslConfigs.SASL_JAAS_CONFIG + FILE
                    + " cannot be read, expected MODULE required username=\"…\" password=\"…\";");
        }
        return new IllegalStateException("Kafka at " + servers + ": " + line(failure, deepest), failure);
    }

    private static String line(Throwable failure, Throwable deepest) {
        if (deepest instanceof CertPathBuilderException || deepest instanceof CertPathValidatorException) {
            return "its certificate is not trusted by ssl.truststore.*" + FILE + ": " + deepest.getMessage();
        }
        if (deepest instanceof NoSuchFileException) {
            return "there is no file " + deepest.getMessage() + ", which --kafka-properties names";
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SslAuthenticationException) {
                String why = deepest == cause ? "" : ": " + deepest.getMessage();
                return cause.getMessage() + why + " (ssl.*" + FILE + ")";
            }
            if (cause instanceof AuthenticationException) {
                return cause.getMessage() + " (sasl.*" + FILE + ")";
            }
        }
        // What Admin says of an answer is complete; what it says of not having been made is not.
        return String.valueOf((failure instanceof ExecutionException ? failure.getCause() : deepest).getMessage());
    }

    private static boolean isOf(String setting, Throwable deepest) {
        String message = String.valueOf(deepest.getMessage());
        return deepest instanceof IllegalArgumentException && message.contains("JAAS config")
                || message.contains("for configuration " + setting);
    }

    private static Throwable deepest(Throwable e) {
        return e.getCause() == null ? e : deepest(e.getCause());
    }
}
