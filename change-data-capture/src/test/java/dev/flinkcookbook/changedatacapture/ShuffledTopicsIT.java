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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What Debezium has told of random transactions, told again in every way that Kafka allows: each partition keeps its order, but goes
 * back at random places and comes again from there; and no partition waits for another. {@code -Dcdc.seeds=20} tries twenty ways.
 */
@ExtendWith(KafkaExtension.class)
class ShuffledTopicsIT {

    private static final int STEPS = 150;
    private static final int MOST_AT_ONCE = 40;
    private static final double GOES_BACK = 0.1;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    static final FlinkExtension FLINK = new FlinkExtension();

    private static final List<Committed> COMMITTED = new ArrayList<>();
    private static final List<ConsumerRecord<byte[], byte[]>> TOLD = new ArrayList<>();
    private static String toldPrefix;
    private static Map<Table, Map<String, JsonNode>> before;
    private static Map<Table, Map<String, JsonNode>> after;

    private KafkaProducer<byte[], byte[]> producer;

    /** A shop, told by the real Debezium, which is killed once. */
    @BeforeAll
    static void tell(KafkaBroker kafka) throws Exception {
        toldPrefix = Topics.unique("shop");
        createInputs(kafka, toldPrefix);
        try (ShopDatabase shop = ShopDatabase.started();
                DebeziumConnector debezium = new DebeziumConnector(shop.server(), kafka.bootstrapServers());
                ShopWorkload workload = new ShopWorkload(shop.server(), 4711)) {
            workload.populate();
            before = shop.rows();
            workload.listen(COMMITTED::add);
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
            TOLD.addAll(TopicReader.readAll(kafka.bootstrapServers(), topic));
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

    @AfterEach
    void close() {
        producer.close();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theViewsAreAsTheTablesAndNoOrderIsTorn(long seed, KafkaBroker kafka) {
        String prefix = Topics.unique("shop");
        createInputs(kafka, prefix);
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        FLINK.set(CoreOptions.DEFAULT_PARALLELISM, 2);
        FLINK.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(500));
        CompletableFuture<Void> job = start(kafka, prefix);

        long sent = tellAgain(new Random(seed), prefix, producer);

        ShopOnKafka.patiently().atMost(PATIENCE).untilAsserted(() -> {
            if (job.isDone()) {
                job.join();
            }
            ShopOracle.Result result = audit(kafka, prefix).result();
            assertThat(result.isRight())
                    .as("seed %d, %d records of %d: %s", seed, sent, TOLD.size(), result)
                    .isTrue();
        });
        assertThat(sent).isGreaterThan(TOLD.size());
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

    /** How many records that were. */
    private static long tellAgain(Random random, String prefix, Producer<byte[], byte[]> producer) {
        List<List<ConsumerRecord<byte[], byte[]>>> partitions = new ArrayList<>(TOLD.stream()
                .collect(Collectors.groupingBy(record -> new TopicPartition(record.topic(), record.partition())))
                .values());
        int[] next = new int[partitions.size()];
        long sent = 0;
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
            if (random.nextDouble() < GOES_BACK) {
                next[partition] -= random.nextInt(next[partition]);
            }
        }
    }

    private static ShopOracle audit(KafkaBroker kafka, String prefix) {
        ShopOracle oracle = new ShopOracle();
        oracle.snapshot(before);
        COMMITTED.forEach(oracle::committed);
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
