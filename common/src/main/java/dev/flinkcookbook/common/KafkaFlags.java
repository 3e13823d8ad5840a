package dev.flinkcookbook.common;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Properties;
import org.apache.flink.connector.base.DeliveryGuarantee;
import picocli.CommandLine.Option;

/** The flags of Kafka that every job has; a job mixes them into its own with picocli's {@code @Mixin}. */
public final class KafkaFlags {

    private static final String BOOTSTRAP_SERVERS = "bootstrap.servers";

    @Option(
            names = "--bootstrap-servers",
            paramLabel = "HOST:PORT",
            description = "Kafka's bootstrap servers (default: those of --kafka-properties, else the environment's"
                    + " KAFKA_BOOTSTRAP_SERVERS, else localhost:9092)")
    private String bootstrapServers;

    @Option(names = "--input-topic", paramLabel = "TOPIC", description = "read from (default: ${DEFAULT-VALUE})")
    private String inputTopic;

    @Option(names = "--output-topic", paramLabel = "TOPIC", description = "write to (default: ${DEFAULT-VALUE})")
    private String outputTopic;

    @Option(
            names = "--dead-letter-topic",
            paramLabel = "TOPIC",
            description = "records that cannot be processed (default: <input-topic>.dead-letters)")
    private String deadLetterTopic;

    @Option(names = "--group-id", paramLabel = "GROUP", description = "consumer group (default: ${DEFAULT-VALUE})")
    private String groupId;

    @Option(
            names = "--starting-offsets",
            paramLabel = "earliest|latest|committed|timestamp:<ISO-8601>",
            defaultValue = "earliest",
            description = "where to start without state (default: ${DEFAULT-VALUE}); committed falls back to earliest")
    private StartingOffsets startingOffsets;

    @Option(names = "--bounded", description = "stop at the offsets that are the end now")
    private boolean bounded;

    @Option(
            names = "--kafka-properties",
            paramLabel = "FILE",
            description = "client properties, such as security settings; read where main runs, never printed")
    private Path propertiesFile;

    @Option(
            names = "--transactional-id-prefix",
            paramLabel = "PREFIX",
            description = "must be unique per job and environment (default: <recipe>-<output-topic>)")
    private String transactionalIdPrefix;

    @Option(
            names = "--delivery",
            paramLabel = "exactly-once|at-least-once",
            defaultValue = "exactly-once",
            description = "guarantee of what is written (default: ${DEFAULT-VALUE})")
    private Delivery delivery;

    @Option(names = "--create-topics", description = "create the topics that are missing")
    private boolean createTopics;

    @Option(names = "--help", usageHelp = true, description = "print the flags and end")
    private boolean help;

    private final String recipe;

    /** The mix-in of one recipe, with its defaults. */
    public KafkaFlags(String recipe, String inputTopic, String outputTopic) {
        this.recipe = recipe;
        this.inputTopic = inputTopic;
        this.outputTopic = outputTopic;
        this.groupId = recipe;
    }

    public String bootstrapServers() {
        return clientProperties().getProperty(BOOTSTRAP_SERVERS);
    }

    public String inputTopic() {
        return inputTopic;
    }

    public String outputTopic() {
        return outputTopic;
    }

    public String deadLetterTopic() {
        return deadLetterTopic != null ? deadLetterTopic : inputTopic + ".dead-letters";
    }

    public String groupId() {
        return groupId;
    }

    public StartingOffsets startingOffsets() {
        return startingOffsets;
    }

    public boolean bounded() {
        return bounded;
    }

    public boolean createTopics() {
        return createTopics;
    }

    public DeliveryGuarantee delivery() {
        return delivery == Delivery.AT_LEAST_ONCE ? DeliveryGuarantee.AT_LEAST_ONCE : DeliveryGuarantee.EXACTLY_ONCE;
    }

    /** Stable over restarts: after a failure the sink finds its open transactions by it. */
    public String transactionalIdPrefix() {
        return transactionalIdPrefix != null ? transactionalIdPrefix : recipe + "-" + outputTopic;
    }

    /**
     * The properties of {@code --kafka-properties} with the bootstrap servers.
     *
     * @throws FlagException if the file cannot be read
     */
    public Properties clientProperties() {
        Properties properties = new Properties();
        if (propertiesFile != null) {
            try (Reader reader = Files.newBufferedReader(propertiesFile)) {
                properties.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw new FlagException("--kafka-properties", propertiesFile.toString(), "a readable properties file");
            }
        }
        if (bootstrapServers != null) {
            properties.setProperty(BOOTSTRAP_SERVERS, bootstrapServers);
        } else {
            properties.putIfAbsent(
                    BOOTSTRAP_SERVERS, System.getenv().getOrDefault("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092"));
        }
        return properties;
    }

    /** As a user writes it; Flink's own enum spells it with underscores. */
    private enum Delivery {
        EXACTLY_ONCE,
        AT_LEAST_ONCE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
