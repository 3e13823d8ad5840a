package dev.flinkcookbook.changedatacapture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.testbed.Fault;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.PacedInput;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import dev.flinkcookbook.testbed.Topics;
import dev.flinkcookbook.testbed.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/**
 * The job on real Kafka within one JVM, behind a real Postgres and the real Debezium: generates transactions, kills Debezium and the
 * TaskManager in the middle, and compares the views with the tables. Press run in an IDE, or
 * {@code ./cookbook run change-data-capture}. The events of {@code --events} and {@code --rate} are rows that are changed.
 */
public final class ChangeDataCaptureDemo implements Recipe {

    private static final String SCHEMA = ".public";

    @Command(
            name = "run change-data-capture",
            sortOptions = false,
            description =
                    "An event of --events and --rate is a row that a committed transaction has changed. The flags of"
                            + " the job:")
    private static final class DemoFlags {
        @Option(names = "--help", usageHelp = true, description = "print the flags and end")
        private boolean help;

        @Unmatched
        private List<String> ofTheJob = new ArrayList<>();
    }

    public static void main(String[] args) {
        System.exit(RunCommand.run(new ChangeDataCaptureDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return "change-data-capture";
    }

    /** Half a minute on two cores, which Postgres, Debezium, Kafka and Flink share. */
    @Override
    public Load load() {
        return new Load(10_000, 500, 1);
    }

    @Override
    public List<Fault> faults() {
        return List.of(Fault.CONNECTOR_KILL, Fault.CONNECTOR_PAUSE, Fault.DATABASE_KILL);
    }

    @Override
    public boolean accepts(Load load, String... jobFlags) {
        if (!Flags.parse(new DemoFlags(), jobFlags)) {
            return ChangeDataCaptureParameters.from("--help").isPresent();
        }
        return ChangeDataCaptureParameters.from(jobFlags)
                .map(ChangeDataCaptureDemo::requireAVerdict)
                .isPresent();
    }

    private static ChangeDataCaptureParameters requireAVerdict(ChangeDataCaptureParameters parameters) {
        String input = parameters.kafka().inputTopic();
        if (!input.endsWith(SCHEMA) || input.indexOf('.') != input.length() - SCHEMA.length()) {
            throw new FlagException(
                    "--input-topic",
                    input,
                    "<prefix>" + SCHEMA + ": Debezium names its topics by a prefix and the schema");
        }
        if (!parameters.transactionTopic().equals(prefix(parameters) + ".transaction")) {
            throw new FlagException(
                    "--transaction-topic", parameters.transactionTopic(), "the one that Debezium writes, the default");
        }
        for (Output output : Output.values()) {
            if (!parameters.writes(output)) {
                throw new FlagException("--outputs", "without " + output, "all of them: the verdict is on all");
            }
        }
        return parameters;
    }

    private static String prefix(ChangeDataCaptureParameters parameters) {
        String input = parameters.kafka().inputTopic();
        return input.substring(0, input.length() - SCHEMA.length());
    }

    @Override
    public Scenario scenario(Load load, String... jobFlags) {
        return new AShopChanges(load, jobFlags);
    }

    private static final class AShopChanges implements Scenario {
        private static final Duration A_SECOND = Duration.ofSeconds(1);
        private static final JsonMapper JSON = new JsonMapper();

        private final Load load;
        private final String[] jobFlags;
        private final ChangeDataCaptureParameters parameters;
        private final KafkaFlags kafka;
        private final PacedInput input;
        private final ShopOracle oracle = new ShopOracle();
        private final ShopDatabase shop = ShopDatabase.started();
        private final DebeziumConnector debezium;

        /** Held by whoever does harm, so that the input does not end in the middle of it. */
        private final Object harm = new Object();

        private boolean ended;
        private String notedFirst;
        private volatile Duration lag = Duration.ZERO;
        private long shownAt = System.nanoTime();
        private long shownSent;

        AShopChanges(Load load, String... jobFlags) {
            this.load = load;
            this.jobFlags = jobFlags;
            this.parameters = ChangeDataCaptureParameters.from(jobFlags).orElseThrow();
            this.kafka = parameters.kafka();
            this.input = new PacedInput(load.rate());
            this.debezium = new DebeziumConnector(shop.server(), kafka.bootstrapServers())
                    .with("topic.prefix", prefix(parameters));
        }

        @Override
        public JobTopics topics() {
            List<String> inputs = new ArrayList<>(parameters.inputTopics());
            inputs.add(parameters.transactionTopic());
            List<String> outputs = new ArrayList<>(List.of(parameters.auditTopic(), parameters.enrichedTopic()));
            Stream.of(Table.values()).map(parameters::viewTopic).forEach(outputs::add);
            outputs.add(kafka.deadLetterTopic());
            return new JobTopics(inputs, outputs, kafka.groupId());
        }

        @Override
        public void createInputTopics() {
            if (!Topics.exists(kafka.bootstrapServers(), parameters.transactionTopic())) {
                Topics.create(kafka.bootstrapServers(), parameters.transactionTopic(), 1);
            }
        }

        @Override
        public void createOutputTopics() throws InterruptedException {
            ChangeDataCaptureJob.requireTopics(parameters);
        }

        @Override
        public void runJob() throws Exception {
            ChangeDataCaptureJob.main(jobFlags);
        }

        @Override
        public void produce() throws Exception {
            try (ShopWorkload workload = new ShopWorkload(shop.server(), load.seed())) {
                workload.populate();
                oracle.snapshot(shop.rows());
                workload.listen(oracle::committed);
                debezium.start();
                shop.awaitSlot();
                synchronized (harm) {
                    notedFirst = shop.slot().orElseThrow().confirmed().orElseThrow();
                    harm.notifyAll();
                }
                input.pace(load.events(), workload::step);
                workload.finish();
            }
            synchronized (harm) {
                ended = true;
            }
            shop.awaitRead();
            debezium.stop();
            oracle.tables(shop.rows());
        }

        @Override
        public PacedInput input() {
            return input;
        }

        @Override
        public void input(ConsumerRecord<byte[], byte[]> record) {
            if (!record.topic().equals(parameters.transactionTopic())) {
                oracle.told(record);
            }
        }

        @Override
        public void output(ConsumerRecord<byte[], byte[]> record) {
            if (record.topic().equals(parameters.auditTopic())) {
                oracle.audit(record);
                lag = Duration.between(committedAt(record), Instant.now());
            } else if (record.topic().equals(parameters.enrichedTopic())) {
                oracle.enriched(record);
            } else if (record.topic().equals(kafka.deadLetterTopic())) {
                oracle.deadLetter();
            } else {
                oracle.view(table(record.topic()), record);
            }
        }

        private Table table(String viewTopic) {
            return Stream.of(Table.values())
                    .filter(table -> parameters.viewTopic(table).equals(viewTopic))
                    .findFirst()
                    .orElseThrow();
        }

        private static Instant committedAt(ConsumerRecord<byte[], byte[]> audit) {
            try {
                JsonNode json = JSON.readTree(audit.value());
                return Instant.parse(json.get("committedAt").asText());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public boolean hasReadAll() {
            return !oracle.misses();
        }

        @Override
        public void suffer(Fault fault, Duration outage) {
            synchronized (harm) {
                awaitTheSnapshot();
                if (ended) {
                    return; // There is no input any more that could be lost.
                }
                switch (fault) {
                    case CONNECTOR_KILL -> {
                        debezium.kill();
                        debezium.start();
                    }
                    case CONNECTOR_PAUSE -> {
                        debezium.pause();
                        LockSupport.parkNanos(outage.toNanos());
                        debezium.resume();
                    }
                    case DATABASE_KILL -> {
                        shop.server().kill();
                        shop.server().start();
                    }
                    default -> throw new IllegalArgumentException(fault.toString());
                }
                shop.awaitReader();
            }
        }

        /** A snapshot that is not noted as done is taken again, of other rows: what was committed in between is never told. */
        private void awaitTheSnapshot() {
            try {
                while (notedFirst == null) {
                    harm.wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
            shop.awaitConfirmedAfter(notedFirst);
        }

        @Override
        public List<Fault> faultsOfARun() {
            return List.of(Fault.CONNECTOR_KILL);
        }

        @Override
        public int taskManagersToLose() {
            return 1;
        }

        @Override
        public String progress() {
            ShopOracle.Result result = oracle.result();
            double seconds = (System.nanoTime() - shownAt) / 1e9;
            long perSecond = Math.round((input.sent() - shownSent) / seconds);
            shownAt = System.nanoTime();
            shownSent = input.sent();
            return String.format(
                    Locale.ROOT,
                    "changes a second %,d, not yet seen %,d, lag %.1f s, customers %,d, orders %,d, lines %,d",
                    perSecond,
                    Math.max(0, result.lost()),
                    lag.toMillis() / 1e3,
                    oracle.rows(Table.CUSTOMERS),
                    oracle.rows(Table.ORDERS),
                    oracle.rows(Table.ORDER_LINES));
        }

        @Override
        public Verdict verdict() {
            ShopOracle.Result result = oracle.result();
            Map<String, Object> more = new LinkedHashMap<>();
            more.put("delivery", kafka.delivery());
            more.put("enriched", result.enriched());
            more.put("torn", result.torn());
            more.put("not_whole", result.notWhole());
            more.put("view_mismatches", result.viewMismatches());
            more.put("enriched_mismatches", result.enrichedMismatches());
            more.put("broken_histories", result.brokenHistories());
            more.put("never_told", oracle.neverTold());
            return new Verdict(
                    result.isRight(),
                    result.expected(),
                    result.delivered(),
                    result.lost(),
                    result.duplicated(),
                    result.deadLetters(),
                    more);
        }

        @Override
        public void close() {
            debezium.close();
            shop.close();
        }
    }
}
