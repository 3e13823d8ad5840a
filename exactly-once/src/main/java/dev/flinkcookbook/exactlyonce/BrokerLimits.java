package dev.flinkcookbook.exactlyonce;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a broker how long a transaction may be open. */
final class BrokerLimits {

    private static final Logger LOG = LoggerFactory.getLogger(BrokerLimits.class);

    private static final String MAXIMUM = "transaction.max.timeout.ms";

    private BrokerLimits() {}

    /**
     * The broker's {@code transaction.max.timeout.ms}, or nothing, with a warning, if the client may not read it.
     *
     * @throws IllegalStateException one line: the broker does not answer
     */
    static Optional<Duration> longestTransaction(Properties client) throws InterruptedException {
        try (Admin admin = Admin.create(client)) {
            Node broker = admin.describeCluster().nodes().get().iterator().next();
            ConfigResource settings = new ConfigResource(ConfigResource.Type.BROKER, broker.idString());
            ConfigEntry maximum = admin.describeConfigs(List.of(settings))
                    .all()
                    .get()
                    .get(settings)
                    .get(MAXIMUM);
            // A service that speaks Kafka's protocol need not have the setting.
            return maximum == null ? unknown("not a setting there") : Optional.of(ofMillis(maximum.value()));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                return unknown("no permission, DescribeConfigs on the cluster");
            }
            if (e.getCause() instanceof UnsupportedVersionException) {
                return unknown("it does not tell");
            }
            throw new IllegalStateException(
                    "Kafka at " + client.getProperty("bootstrap.servers") + ": "
                            + e.getCause().getMessage(),
                    e);
        }
    }

    private static Optional<Duration> unknown(String reason) {
        LOG.warn(
                "The broker's {} could not be read ({}): if it is less than --transaction-timeout, the job will fail when"
                        + " it opens its first transaction",
                MAXIMUM,
                reason);
        return Optional.empty();
    }

    private static Duration ofMillis(String millis) {
        return Duration.ofMillis(Long.parseLong(millis));
    }
}
