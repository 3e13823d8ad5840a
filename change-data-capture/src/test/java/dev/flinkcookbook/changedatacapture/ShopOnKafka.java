package dev.flinkcookbook.changedatacapture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.CoreOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** The shop's database, Debezium and the job's own main, with topics that no other test has. */
final class ShopOnKafka implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final JsonMapper JSON = new JsonMapper();

    private final KafkaBroker kafka;
    private final String prefix = Topics.unique("shop").replace('.', '-');
    private final ShopDatabase database;
    private final DebeziumConnector debezium;
    private final List<CompletableFuture<Void>> jobs = new ArrayList<>();

    /** Nothing runs but the database. */
    ShopOnKafka(KafkaBroker kafka, FlinkExtension flink) {
        this.kafka = kafka;
        flink.set(CoreOptions.DEFAULT_PARALLELISM, 2);
        flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));
        database = ShopDatabase.started();
        debezium = new DebeziumConnector(database.server(), kafka.bootstrapServers()).with("topic.prefix", prefix);
        for (Table table : Table.values()) {
            Topics.create(kafka.bootstrapServers(), prefix + ".public." + table, 2);
        }
        Topics.create(kafka.bootstrapServers(), prefix + ".transaction", 1);
    }

    ShopDatabase database() {
        return database;
    }

    DebeziumConnector debezium() {
        return debezium;
    }

    /** The job, with outputs of that name; until the test is over. */
    ShopOnKafka startJob(String outputs, String... more) {
        List<String> flags = new ArrayList<>(List.of(
                "--bootstrap-servers",
                kafka.bootstrapServers(),
                "--input-topic",
                prefix + ".public",
                "--output-topic",
                prefix + "." + outputs,
                "--group-id",
                prefix + "-" + outputs,
                "--create-topics"));
        flags.addAll(List.of(more));
        jobs.add(CompletableFuture.runAsync(() -> {
            try {
                ChangeDataCaptureJob.main(flags.toArray(String[]::new));
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        }));
        return this;
    }

    /** The views of the job with that name: what is left of them after compaction. */
    Map<Table, Map<String, JsonNode>> views(String outputs) {
        Map<Table, Map<String, JsonNode>> views = new EnumMap<>(Table.class);
        for (Table table : Table.values()) {
            views.put(table, newest(prefix + "." + outputs + "." + table));
        }
        return views;
    }

    Map<String, JsonNode> orders(String outputs) {
        return newest(prefix + "." + outputs + ".enriched-orders");
    }

    private Map<String, JsonNode> newest(String topic) {
        Map<String, JsonNode> newest = new TreeMap<>();
        if (Topics.exists(kafka.bootstrapServers(), topic)) {
            for (ConsumerRecord<byte[], byte[]> record : TopicReader.readAll(kafka.bootstrapServers(), topic)) {
                String key = new String(record.key(), StandardCharsets.UTF_8);
                if (record.value() == null) {
                    newest.remove(key);
                } else {
                    newest.put(key, json(record.value()));
                }
            }
        }
        return newest;
    }

    /** Reason and row of each dead letter. */
    List<String> deadLetters() {
        return TopicReader.readAll(kafka.bootstrapServers(), prefix + ".public.dead-letters").stream()
                .map(letter -> new String(
                                letter.headers()
                                        .lastHeader("dead-letter.reason")
                                        .value(),
                                StandardCharsets.UTF_8)
                        + " " + json(letter.value()).path("after"))
                .toList();
    }

    /** Waits until the views are as the tables are. */
    void awaitViewsAsTables(String outputs) {
        awaitViewsAsTablesOf(outputs, Table.values());
    }

    void awaitViewsAsTablesOf(String outputs, Table... tables) {
        patiently().untilAsserted(() -> {
            failWithTheJob();
            Map<Table, Map<String, JsonNode>> views = views(outputs);
            Map<Table, Map<String, JsonNode>> rows = database.rows();
            for (Table table : tables) {
                assertThat(views.get(table)).as(table.toString()).isEqualTo(rows.get(table));
            }
        });
    }

    /** Waits until the condition holds, as long as the job runs. */
    void await(Condition condition) {
        patiently().until(() -> {
            failWithTheJob();
            return condition.holds();
        });
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    private void failWithTheJob() {
        for (CompletableFuture<Void> job : jobs) {
            if (job.isCompletedExceptionally()) {
                job.join();
            }
        }
    }

    static JsonNode json(byte[] json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode json(String json) {
        return json(json.getBytes(StandardCharsets.UTF_8));
    }

    static ConditionFactory patiently() {
        return Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100));
    }

    @Override
    public void close() {
        debezium.close();
        database.close();
    }
}
