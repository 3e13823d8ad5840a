package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.flink.util.TimeUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags of {@link ChangeDataCaptureJob}. */
@Command(
        name = "change-data-capture",
        sortOptions = false,
        description =
                "Keeps the newest row of each table, and orders with their lines and customer, from Debezium's topics."
                        + " --input-topic and --output-topic are what the names of the tables' topics begin with.",
        usageHelpWidth = 110)
final class ChangeDataCaptureParameters {

    /** A century: longer is a slip of the pen. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private static final Duration SHORTEST = Duration.ofMillis(1);

    @Option(
            names = "--outputs",
            paramLabel = "views,audit,orders",
            split = ",",
            defaultValue = "views,audit,orders",
            description = "what to write (default: ${DEFAULT-VALUE}); only orders need Debezium's transactions")
    private Set<Output> outputs;

    @Option(
            names = "--transaction-topic",
            paramLabel = "TOPIC",
            description = "Debezium's transactions (default: <topic.prefix>.transaction, the prefix being what stands"
                    + " before the first dot of --input-topic)")
    private String transactionTopic;

    @Option(
            names = "--enriched-topic",
            paramLabel = "TOPIC",
            description = "orders with lines and customer (default: <output-topic>.enriched-orders)")
    private String enrichedTopic;

    @Option(
            names = "--audit-topic",
            paramLabel = "TOPIC",
            description = "each change, with what was before and after (default: <output-topic>.audit)")
    private String auditTopic;

    @Option(
            names = "--keep-deletes",
            paramLabel = "DURATION",
            defaultValue = "7d",
            description = "how long a deleted row is remembered, so that a change from before cannot bring it back"
                    + " (default: ${DEFAULT-VALUE})")
    private Duration keepDeletes;

    @Option(
            names = "--wait-for-end",
            paramLabel = "DURATION",
            defaultValue = "15m",
            description =
                    "how long changes wait for the end of their transaction; then they are shown without it, as not"
                            + " whole (default: ${DEFAULT-VALUE})")
    private Duration waitForEnd;

    @Option(
            names = "--largest-transaction",
            paramLabel = "N",
            defaultValue = "100000",
            description =
                    "how many changes of one transaction wait for its end; what is beyond is shown at once, as not"
                            + " whole (default: ${DEFAULT-VALUE})")
    private int largestTransaction;

    @Mixin
    private final KafkaFlags kafka = new KafkaFlags("change-data-capture", "shop.public", "shop.view");

    private ChangeDataCaptureParameters() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException a wrong flag or value, in one line
     */
    static Optional<ChangeDataCaptureParameters> from(String... args) {
        ChangeDataCaptureParameters parameters = new ChangeDataCaptureParameters();
        if (!Flags.parse(parameters, args)) {
            return Optional.empty();
        }
        parameters.validate();
        return Optional.of(parameters);
    }

    private void validate() {
        requireBetween("--keep-deletes", keepDeletes);
        requireBetween("--wait-for-end", waitForEnd);
        if (largestTransaction < 1) {
            throw new FlagException("--largest-transaction", Integer.toString(largestTransaction), "at least 1");
        }
        if (!kafka.startingOffsets().text().equals("earliest")) {
            throw new FlagException(
                    "--starting-offsets",
                    kafka.startingOffsets().text(),
                    "earliest: without the changes before, rows would be missing");
        }
        Map<String, String> topics = new LinkedHashMap<>();
        for (Table table : Table.values()) {
            requireAnother(topics, "--input-topic", inputTopic(table));
        }
        requireAnother(topics, "--transaction-topic", transactionTopic());
        for (Table table : Table.values()) {
            requireAnother(topics, "--output-topic", viewTopic(table));
        }
        requireAnother(topics, "--enriched-topic", enrichedTopic());
        requireAnother(topics, "--audit-topic", auditTopic());
        requireAnother(topics, "--dead-letter-topic", kafka.deadLetterTopic());
        String commit = KafkaSourceOptions.COMMIT_OFFSETS_ON_CHECKPOINT.key();
        // A file that cannot be read is a wrong flag, too.
        if ("false".equals(kafka.clientProperties().getProperty(commit))) {
            throw new FlagException(
                    "--kafka-properties", commit + "=false", "true: by them the job knows when it has caught up");
        }
    }

    private static void requireBetween(String flag, Duration given) {
        if (given.compareTo(SHORTEST) < 0) {
            throw new FlagException(flag, text(given), "at least " + text(SHORTEST));
        }
        if (given.compareTo(LONGEST) > 0) {
            throw new FlagException(flag, text(given), "at most " + text(LONGEST));
        }
    }

    private static String text(Duration duration) {
        return TimeUtils.formatWithHighestUnit(duration).replace(" ", "");
    }

    /** @param topics those that are taken, with the flag that has taken them */
    private static void requireAnother(Map<String, String> topics, String flag, String topic) {
        String taken = topics.putIfAbsent(topic, flag);
        if (taken != null) {
            throw new FlagException(flag, topic, "another topic than " + taken);
        }
    }

    boolean writes(Output output) {
        return outputs.contains(output);
    }

    /** The topic to which Debezium writes the table's changes. */
    String inputTopic(Table table) {
        return kafka.inputTopic() + "." + table;
    }

    /** The tables' topics, in the order of {@link Table}. */
    List<String> inputTopics() {
        return Stream.of(Table.values()).map(this::inputTopic).toList();
    }

    EnvelopeReader reader() {
        return new EnvelopeReader(
                Stream.of(Table.values()).collect(Collectors.toMap(this::inputTopic, Function.identity())));
    }

    /** The tables as Debezium's transactions name them: {@code public.orders}. */
    Set<String> collections() {
        String schema = kafka.inputTopic().substring(kafka.inputTopic().indexOf('.') + 1);
        return Stream.of(Table.values()).map(table -> schema + "." + table).collect(Collectors.toSet());
    }

    String transactionTopic() {
        return transactionTopic != null ? transactionTopic : kafka.inputTopic().split("\\.", 2)[0] + ".transaction";
    }

    /** The topic of the table's newest rows. */
    String viewTopic(Table table) {
        return kafka.outputTopic() + "." + table;
    }

    Map<Table, String> viewTopics() {
        Map<Table, String> topics = new EnumMap<>(Table.class);
        Stream.of(Table.values()).forEach(table -> topics.put(table, viewTopic(table)));
        return topics;
    }

    String enrichedTopic() {
        return enrichedTopic != null ? enrichedTopic : kafka.outputTopic() + ".enriched-orders";
    }

    String auditTopic() {
        return auditTopic != null ? auditTopic : kafka.outputTopic() + ".audit";
    }

    Duration keepDeletes() {
        return keepDeletes;
    }

    Duration waitForEnd() {
        return waitForEnd;
    }

    int largestTransaction() {
        return largestTransaction;
    }

    KafkaFlags kafka() {
        return kafka;
    }
}
