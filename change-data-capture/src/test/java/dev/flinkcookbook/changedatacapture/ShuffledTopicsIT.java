package dev.flinkcookbook.changedatacapture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flinkcookbook.changedatacapture.ShopWorkload.Committed;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.CoreOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What Debezium has told of random transactions, while it was killed, told again in a way that Kafka allows: each partition keeps its
 * order, but goes back at random places and comes again from there; and no partition waits for another. The job loses its TaskManager
 * in the middle. {@code -Dcdc.seeds=20} tries twenty, each with other transactions.
 */
@ExtendWith(KafkaExtension.class)
class ShuffledTopicsIT {

    private static final int STEPS = 150;
    private static final int MOST_AT_ONCE = 40;
    private static final double GOES_BACK = 0.1;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    static final FlinkExtension FLINK = new FlinkExtension();

    private final List<Committed> committed = new ArrayList<>();
    private final List<ConsumerRecord<byte[], byte[]>> told = new ArrayList<>();
    private final String toldPrefix = Topics.unique("shop");
    private Map<Table, Map<String, JsonNode>> before;
    private Map<Table, Map<String, JsonNode>> after;

    /** A shop, told by the real Debezium, which is killed once. */
    private void tell(KafkaBroker kafka, long seed) throws Exception {
        createInputs(kafka, toldPrefix);
        try (ShopDatabase shop = ShopDatabase.started();
                DebeziumConnector debezium = new DebeziumConnector(shop.server(), kafka.bootstrapServers());
                ShopWorkload workload = new ShopWorkload(shop.server(), seed)) {
            workload.populate();
            before = shop.rows();
            workload.listen(committed::add);
            debezium.with("topic.prefix", toldPrefix).start();
            shop.awaitSlot();
            for (int step = 0; step < STEPS; step++) {
                workload.step();
                if (step == STEPS / 2) {
                    shop.awaitRead();
                    debezium.kill();
                    debezium.start();
                }
            }
            workload.finish();
            shop.awaitRead();
            debezium.stop();
            after = shop.rows();
        }
        for (String topic : inputs(toldPrefix)) {
            told.addAll(TopicReader.readAll(kafka.bootstrapServers(), topic));
        }
    }

    private static List<String> inputs(String prefix) {
        return Stream.concat(
                        Stream.of(Table.values()).map(table -> prefix + ".public." + table),
                        Stream.of(prefix + ".transaction"))
                .toList();
    }

    private static void createInputs(KafkaBroker kafka, String prefix) {
        for (Table table : Table.values()) {
            Topics.create(kafka.bootstrapServers(), prefix + ".public." + table, 2);
        }
        Topics.create(kafka.bootstrapServers(), prefix + ".transaction", 1);
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Long.getLong("cdc.seeds", 2));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theViewsAreAsTheTablesAndNoOrderIsTorn(long seed, KafkaBroker kafka) throws Exception {
        tell(kafka, seed);
        String prefix = Topics.unique("shop");
        createInputs(kafka, prefix);
        FLINK.set(CoreOptions.DEFAULT_PARALLELISM, 2);
        FLINK.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(500));
        FLINK.restarts(1_000);
        CompletableFuture<Void> job = start(kafka, prefix);

        long sent;
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            sent = tellAgain(new Random(seed), prefix, producer, () -> {
                awaitAudit(kafka, prefix, job);
                FLINK.replaceTaskManager();
            });
        }

        ShopOnKafka.patiently().atMost(PATIENCE).untilAsserted(() -> {
            throwIfEnded(job);
            ShopOracle.Result result = audit(kafka, prefix).result();
            assertThat(result.isRight())
                    .as("seed %d, %d records of %d: %s", seed, sent, told.size(), result)
                    .isTrue();
        });
        assertThat(sent).isGreaterThan(told.size());
    }

    private static void throwIfEnded(CompletableFuture<Void> job) {
        if (job.isDone()) {
            job.join();
        }
    }

    /** Something is committed then, and there is a checkpoint to go back to. */
    private static void awaitAudit(KafkaBroker kafka, String prefix, CompletableFuture<Void> job) {
        ShopOnKafka.patiently().atMost(PATIENCE).untilAsserted(() -> {
            throwIfEnded(job);
            assertThat(read(kafka, prefix + ".view.audit")).isNotEmpty();
        });
    }

    private static CompletableFuture<Void> start(KafkaBroker kafka, String prefix) {
        return CompletableFuture.runAsync(() -> {
            try {
                ChangeDataCaptureJob.main(new String[] {
                    "--bootstrap-servers",
                    kafka.bootstrapServers(),
                    "--input-topic",
                    prefix + ".public",
                    "--output-topic",
                    prefix + ".view",
                    "--group-id",
                    prefix,
                    "--create-topics"
                });
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
    }

    /**
     * @param inTheMiddle when each record has been sent once in two
     * @return how many records that were
     */
    private long tellAgain(Random random, String prefix, Producer<byte[], byte[]> producer, Runnable inTheMiddle) {
        List<List<ConsumerRecord<byte[], byte[]>>> partitions = new ArrayList<>(told.stream()
                .collect(Collectors.groupingBy(record -> new TopicPartition(record.topic(), record.partition())))
                .values());
        int[] next = new int[partitions.size()];
        long sent = 0;
        boolean first = true;
        while (true) {
            List<Integer> unfinished = new ArrayList<>();
            for (int i = 0; i < next.length; i++) {
                if (next[i] < partitions.get(i).size()) {
                    unfinished.add(i);
                }
            }
            if (unfinished.isEmpty()) {
                return sent;
            }
            int partition = unfinished.get(random.nextInt(unfinished.size()));
            List<ConsumerRecord<byte[], byte[]>> records = partitions.get(partition);
            for (int count = 1 + random.nextInt(MOST_AT_ONCE); count > 0 && next[partition] < records.size(); count--) {
                ConsumerRecord<byte[], byte[]> record = records.get(next[partition]++);
                String topic = prefix + record.topic().substring(toldPrefix.length());
                producer.send(new ProducerRecord<>(
                        topic, record.partition(), null, record.key(), record.value(), record.headers()));
                sent++;
            }
            if (first && sent > told.size() / 2) {
                first = false;
                producer.flush();
                inTheMiddle.run();
            }
            if (random.nextDouble() < GOES_BACK) {
                next[partition] -= random.nextInt(next[partition]);
            }
        }
    }

    private ShopOracle audit(KafkaBroker kafka, String prefix) {
        ShopOracle oracle = new ShopOracle();
        oracle.snapshot(before);
        committed.forEach(oracle::committed);
        oracle.tables(after);
        String out = prefix + ".view";
        if (Topics.exists(kafka.bootstrapServers(), out + ".audit")) {
            read(kafka, out + ".audit").forEach(oracle::audit);
            read(kafka, out + ".enriched-orders").forEach(oracle::enriched);
            for (Table table : Table.values()) {
                read(kafka, out + "." + table).forEach(record -> oracle.view(table, record));
            }
            read(kafka, prefix + ".public.dead-letters").forEach(letter -> oracle.deadLetter());
        }
        return oracle;
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(KafkaBroker kafka, String topic) {
        return Topics.exists(kafka.bootstrapServers(), topic)
                ? TopicReader.readAll(kafka.bootstrapServers(), topic)
                : List.of();
    }
}
