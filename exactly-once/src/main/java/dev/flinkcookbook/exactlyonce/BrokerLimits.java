package dev.flinkcookbook.exactlyonce;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
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
            String millis = admin.describeConfigs(List.of(settings))
                    .all()
                    .get()
                    .get(settings)
                    .get(MAXIMUM)
                    .value();
            return Optional.of(Duration.ofMillis(Long.parseLong(millis)));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                LOG.warn(
                        "No permission to read the broker's {} (DescribeConfigs on the cluster): if it is less than"
                                + " --transaction-timeout, the job will fail when it opens its first transaction",
                        MAXIMUM);
                return Optional.empty();
            }
            throw new IllegalStateException(
                    "Kafka at " + client.getProperty("bootstrap.servers") + ": "
                            + e.getCause().getMessage(),
                    e);
        }
    }
}
