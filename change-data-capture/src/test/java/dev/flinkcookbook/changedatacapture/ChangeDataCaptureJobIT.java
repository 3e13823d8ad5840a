package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.Log.json;
import static dev.flinkcookbook.changedatacapture.Log.text;
import static dev.flinkcookbook.changedatacapture.Log.utf8;
import static dev.flinkcookbook.changedatacapture.Table.CUSTOMERS;
import static dev.flinkcookbook.changedatacapture.Table.ORDERS;
import static dev.flinkcookbook.changedatacapture.Table.ORDER_LINES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.changedatacapture.Log.Told;
import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The job's own main on a real Kafka, with a log that is told by the test. */
@ExtendWith(KafkaExtension.class)
class ChangeDataCaptureJobIT {

    @RegisterExtension
    static final FlinkExtension FLINK = new FlinkExtension();

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Log log = new Log();
    private KafkaBroker kafka;
    private String prefix;

    @BeforeEach
    void topics(KafkaBroker broker) {
        kafka = broker;
        prefix = Topics.unique("shop");
        FLINK.set(CoreOptions.DEFAULT_PARALLELISM, 2);
        FLINK.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));
        for (Table table : Table.values()) {
            Topics.create(kafka.bootstrapServers(), prefix + ".public." + table, 2);
            Topics.create(kafka.bootstrapServers(), prefix + ".view." + table, 1);
        }
        Topics.create(kafka.bootstrapServers(), prefix + ".transaction", 1);
        for (String output : List.of(".view.audit", ".view.enriched-orders", ".public.dead-letters")) {
            Topics.create(kafka.bootstrapServers(), prefix + output, 1);
        }
    }

    private String[] flags(String... more) {
        return Stream.concat(
                        Stream.of(
                                "--bootstrap-servers",
                                kafka.bootstrapServers(),
                                "--input-topic",
                                prefix + ".public",
                                "--output-topic",
                                prefix + ".view",
                                "--group-id",
                                prefix),
                        Stream.of(more))
                .toArray(String[]::new);
    }

    private void tell(Told... transactions) {
        List<KafkaRecord> records = new ArrayList<>();
        for (Told told : transactions) {
            records.add(told.begin());
            records.addAll(told.records());
            records.add(told.end());
        }
        tell(records);
    }

    /** Returns when the broker has acknowledged all of them. */
    private void tell(List<KafkaRecord> records) {
        Map<String, Object> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (KafkaRecord record : records) {
                String topic = record.topic().replaceFirst("^shop", prefix);
                producer.send(new ProducerRecord<>(topic, null, null, record.key(), record.value(), record.headers()));
            }
        }
    }

    /** All that is in the topics now. */
    private void runToTheEnd() throws Exception {
        ChangeDataCaptureJob.main(flags("--bounded"));
    }

    /** Keys and values; of orders the parts that this test is about. */
    private List<String> read(String output) {
        return TopicReader.readAll(kafka.bootstrapServers(), prefix + output).stream()
                .map(record -> text(record.key()) + " " + text(record.value()))
                .toList();
    }

    /** Those of an order, in their order. */
    private List<String> versions(long order) {
        return TopicReader.readAll(kafka.bootstrapServers(), prefix + ".view.enriched-orders").stream()
                .filter(record -> text(record.key()).equals(Log.key(order)))
                .map(record -> text(record.value()))
                .toList();
    }

    private Map<String, String> newest(Table table) {
        Map<String, String> newest = new LinkedHashMap<>();
        TopicReader.readAll(kafka.bootstrapServers(), prefix + ".view." + table)
                .forEach(record -> newest.put(text(record.key()), text(record.value())));
        return newest;
    }

    private static String enriched(String order, String customer, String lines, Told newest) {
        return json("{'order':%s,'customer':%s,'lines':[%s],'transaction':'%d','lsn':%d,'whole':true}")
                .formatted(order, customer, lines, newest.id(), newest.lsn());
    }

    private static final String ADA = Log.row(1, json("'name':'Ada'"));
    private static final String ORDER = Log.row(10, json("'customer_id':1,'total':'5.00'"));
    private static final String TEA = Log.row(100, json("'order_id':10,'sku':'tea'"));
    private static final String CUP = Log.row(101, json("'order_id':10,'sku':'cup'"));

    private Told anOrderOfTea() {
        return log.begin()
                .insert(CUSTOMERS, 1, "'name':'Ada'")
                .insert(ORDERS, 10, "'customer_id':1,'total':'5.00'")
                .insert(ORDER_LINES, 100, "'order_id':10,'sku':'tea'")
                .commit();
    }

    @Test
    void anOrderIsShownWithItsLinesAndItsCustomerByOneRecordOfTheWholeTransaction() throws Exception {
        Told told = anOrderOfTea();
        tell(told);
        runToTheEnd();

        assertThat(read(".view.enriched-orders")).containsExactly(Log.key(10) + " " + enriched(ORDER, ADA, TEA, told));
        assertThat(read(".view.order_lines")).containsExactly(Log.key(100) + " " + TEA);
        assertThat(read(".view.audit")).hasSize(3);
        assertThat(read(".public.dead-letters")).isEmpty();
    }

    @Test
    void whatIsToldAgainIsWrittenOnce() throws Exception {
        Told first = anOrderOfTea();
        Told second = log.insert(ORDER_LINES, 101, "'order_id':10,'sku':'cup'");
        tell(first, second);
        tell(first, second);
        runToTheEnd();

        assertThat(versions(10))
                .containsExactly(enriched(ORDER, ADA, TEA, first), enriched(ORDER, ADA, TEA + "," + CUP, second));
        assertThat(read(".view.audit")).hasSize(4);
    }

    @Test
    void interleavedTransactionsAreShownInTheOrderOfTheirCommits() throws Exception {
        Told first = anOrderOfTea();
        Log.Transaction longOne = log.begin().insert(ORDER_LINES, 101, "'order_id':10,'sku':'cup'");
        Told renamed = log.update(CUSTOMERS, 1, "'name':'Eve'");
        Told second = longOne.commit();
        tell(first, renamed, second);
        runToTheEnd();

        String eve = Log.row(1, json("'name':'Eve'"));
        assertThat(versions(10))
                .containsExactly(
                        enriched(ORDER, ADA, TEA, first),
                        enriched(ORDER, eve, TEA, renamed),
                        enriched(ORDER, eve, TEA + "," + CUP, second));
    }

    @Test
    void aTruncatedTableIsEmptyAndItsRowsAreGoneFromTheOrders() throws Exception {
        Told first = anOrderOfTea();
        Told truncated = log.begin()
                .truncate(ORDER_LINES)
                .update(ORDERS, 10, "'customer_id':1,'total':'0.00'")
                .commit();
        Told after = log.insert(ORDER_LINES, 101, "'order_id':10,'sku':'cup'");
        tell(first, truncated, after);
        start().awaits(() -> versions(10).size() == 3);

        String emptied = Log.row(10, json("'customer_id':1,'total':'0.00'"));
        assertThat(versions(10))
                .containsExactly(
                        enriched(ORDER, ADA, TEA, first),
                        enriched(emptied, ADA, "", truncated),
                        enriched(emptied, ADA, CUP, after));
        assertThat(newest(ORDER_LINES)).containsEntry(Log.key(100), null).containsEntry(Log.key(101), CUP);
    }

    @Nested
    class ATransactionWithoutItsEnd {

        @Test
        void isNotShownUntilTheEndComes() throws Exception {
            Told first = anOrderOfTea();
            Told second = log.begin()
                    .update(ORDERS, 10, "'customer_id':1,'total':'9.00'")
                    .insert(ORDER_LINES, 101, "'order_id':10,'sku':'cup'")
                    .commit();
            tell(first);
            tell(second.records());
            Running job = start();
            job.awaits(() -> newest(ORDER_LINES).containsKey(Log.key(101))
                    && versions(10).size() == 1);
            String savepoint = job.stop();
            assertThat(versions(10)).containsExactly(enriched(ORDER, ADA, TEA, first));

            FLINK.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
            FLINK.set(CoreOptions.DEFAULT_PARALLELISM, 3);
            tell(List.of(second.end()));
            start().awaits(() -> versions(10).size() == 2);
            String dearer = Log.row(10, json("'customer_id':1,'total':'9.00'"));
            assertThat(versions(10))
                    .containsExactly(enriched(ORDER, ADA, TEA, first), enriched(dearer, ADA, TEA + "," + CUP, second));
        }

        @Test
        void isShownAsNotWholeAfterTheWait() throws Exception {
            Told first = anOrderOfTea();
            tell(first);
            tell(log.insert(ORDER_LINES, 101, "'order_id':10,'sku':'cup'").records());
            Running job = start("--wait-for-end", "1s");
            job.awaits(() -> {
                return versions(10).size() == 1 && newest(ORDER_LINES).size() == 2;
            });
            // Time goes on by the next end that comes.
            job.awaits(() -> {
                tell(log.update(CUSTOMERS, 2, "'name':'Bob'"));
                return versions(10).size() == 2;
            });
            assertThat(versions(10).get(1)).contains(TEA + "," + CUP).endsWith(json("'whole':false}"));
        }
    }

    @Nested
    class WhatIsNoChange {

        @Test
        void isADeadLetterAndTheRestGoesOn() throws Exception {
            Told told = anOrderOfTea();
            KafkaRecord order = told.records().get(1);
            tell(List.of(
                    with(order, "{"),
                    with(order, "{\"op\":\"x\",\"source\":{}}"),
                    with(order, "{\"op\":\"c\",\"after\":{}}"),
                    with(told.end(), "nonsense")));
            tell(told);
            runToTheEnd();

            assertThat(TopicReader.readAll(kafka.bootstrapServers(), prefix + ".public.dead-letters"))
                    .extracting(letter -> header(letter, "dead-letter.reason"))
                    .containsExactlyInAnyOrder("not-json", "unknown-op", "no-source", "not-json");
            assertThat(versions(10)).containsExactly(enriched(ORDER, ADA, TEA, told));
        }

        private static KafkaRecord with(KafkaRecord record, String value) {
            return new KafkaRecord(record.topic(), 0, 0, 0, record.key(), utf8(value), record.headers());
        }

        private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
            return text(record.headers().lastHeader(name).value());
        }
    }

    /** What was written since the last checkpoint comes again; the test alone takes one. */
    @Nested
    class WhenTheTaskManagerIsLost {

        private Running running;

        private void startWithACheckpointBehindTheFirstChange(String delivery) throws Exception {
            FLINK.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofHours(1));
            FLINK.restarts(10);
            tell(log.begin().insert(CUSTOMERS, 1, "'name':'Ada'").commit());
            running = start("--outputs", "audit", "--delivery", delivery);
            awaitWritten(0);
            running.checkpoint();
        }

        /** Committed or not. */
        private long written() {
            return TopicReader.endOffsets(kafka.bootstrapServers(), prefix + ".view.audit")
                    .get(0);
        }

        private void awaitWritten(long before) {
            running.awaits(() -> written() > before);
        }

        private void changeAndLoseTheTaskManager() {
            long before = written();
            tell(log.begin().insert(CUSTOMERS, 2, "'name':'Bob'").commit());
            awaitWritten(before);
            before = written();
            FLINK.replaceTaskManager();
            awaitWritten(before);
        }

        private List<String> keys() {
            return TopicReader.readAll(kafka.bootstrapServers(), prefix + ".view.audit").stream()
                    .map(record -> text(record.key()))
                    .toList();
        }

        @Test
        void auditsEachChangeOnce() throws Exception {
            startWithACheckpointBehindTheFirstChange("exactly-once");
            running.awaits(() -> keys().equals(List.of(Log.key(1))));
            changeAndLoseTheTaskManager();
            running.checkpoint();

            running.awaits(() -> keys().size() >= 2);
            assertThat(keys()).containsExactly(Log.key(1), Log.key(2));
        }

        /** The control. */
        @Test
        void auditsAChangeTwiceWithAtLeastOnce() throws Exception {
            startWithACheckpointBehindTheFirstChange("at-least-once");
            changeAndLoseTheTaskManager();

            running.awaits(() -> keys().size() >= 3);
            assertThat(keys()).containsExactly(Log.key(1), Log.key(2), Log.key(2));
        }
    }

    @Nested
    class InOneLine {

        @Test
        void namesTheTopicsThatAreMissing() {
            assertThatThrownBy(() -> ChangeDataCaptureJob.main(flags("--input-topic", "nowhere.public")))
                    .hasMessage("--input-topic: given more than once, expected once")
                    .isInstanceOf(FlagException.class);
            String[] flags = flags();
            flags[3] = "nowhere.public";
            assertThatThrownBy(() -> ChangeDataCaptureJob.main(flags))
                    .hasMessage("Kafka at " + kafka.bootstrapServers() + " has no topic nowhere.public.customers,"
                            + " nowhere.public.dead-letters, nowhere.public.order_lines, nowhere.public.orders,"
                            + " nowhere.transaction (--create-topics creates what is missing)");
        }

        @Test
        void refusesATransactionTopicOfSeveralPartitions() {
            String several = Topics.unique("transactions");
            Topics.create(kafka.bootstrapServers(), several, 2);

            assertThatThrownBy(() -> ChangeDataCaptureJob.main(flags("--transaction-topic", several)))
                    .hasMessage("Kafka at " + kafka.bootstrapServers() + ": topic " + several
                            + " has 2 partitions, expected 1: the order of its records counts");
        }

        @Test
        void refusesToBeginInTheMiddle() {
            assertThatThrownBy(() -> ChangeDataCaptureJob.main(flags("--starting-offsets", "latest")))
                    .hasMessage(
                            "--starting-offsets: got 'latest', expected earliest: without the changes before, rows would"
                                    + " be missing")
                    .isInstanceOf(FlagException.class);
        }

        @Test
        void refusesToCommitNoOffsets(@TempDir Path folder) throws IOException {
            Path file = Files.writeString(folder.resolve("client.properties"), "commit.offsets.on.checkpoint=false");

            assertThatThrownBy(() -> ChangeDataCaptureJob.main(flags("--kafka-properties", file.toString())))
                    .hasMessage(
                            "--kafka-properties: got 'commit.offsets.on.checkpoint=false', expected true: by them the job"
                                    + " knows when it has caught up");
        }

        @Test
        void refusesUnalignedCheckpoints() {
            FLINK.set(CheckpointingOptions.ENABLE_UNALIGNED, true);

            assertThatThrownBy(() -> ChangeDataCaptureJob.main(flags()))
                    .hasMessage("execution.checkpointing.unaligned.enabled is true: an order could be shown before all"
                            + " of the snapshot has been processed");
        }
    }

    private Running start(String... more) {
        return new Running(CompletableFuture.runAsync(() -> {
            try {
                ChangeDataCaptureJob.main(flags(more));
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        }));
    }

    private record Running(CompletableFuture<Void> main) {

        void awaits(ShopOnKafka.Condition condition) {
            ShopOnKafka.patiently().until(() -> {
                if (main.isDone()) {
                    main.join();
                }
                return condition.holds();
            });
        }

        String stop() throws Exception {
            return FLINK.client()
                    .stopWithSavepoint(id(), false, null, SavepointFormatType.CANONICAL)
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }

        /** Takes a checkpoint now; while tasks are not yet running, this is tried until they are. */
        void checkpoint() {
            ShopOnKafka.patiently().ignoreExceptions().until(() -> {
                FLINK.client()
                        .triggerCheckpoint(id(), CheckpointType.CONFIGURED)
                        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                return true;
            });
        }

        private JobID id() throws Exception {
            return FLINK.client().listJobs().get().stream()
                    .filter(job -> !job.getJobState().isTerminalState())
                    .map(JobStatusMessage::getJobId)
                    .findFirst()
                    .orElseThrow();
        }
    }
}
