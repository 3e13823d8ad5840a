package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.common.KafkaSinks;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.config.ExecutionConfigOptions;

/**
 * The peer of the views: Flink's own {@code debezium-json} into {@code upsert-kafka}. As it comes it writes again what it is told
 * again; with {@code cdc-events-duplicate} it keeps the newest row in state, as the recipe does.
 */
final class SqlUpsert {

    /** Money and time stay the strings that Debezium wrote, the cheapest for SQL. */
    private static final String COLUMNS =
            "id BIGINT, customer_id BIGINT, status STRING, line_count INT, total STRING, placed_at STRING, version INT,"
                    + " PRIMARY KEY (id) NOT ENFORCED";

    private final WorkerTask task;

    SqlUpsert(WorkerTask task) {
        this.task = task;
    }

    void run() throws Exception {
        StreamTableEnvironment tables =
                StreamTableEnvironment.create(StreamExecutionEnvironment.getExecutionEnvironment());
        tables.getConfig()
                .set(
                        ExecutionConfigOptions.TABLE_EXEC_SOURCE_CDC_EVENTS_DUPLICATE,
                        task.variant().keepsRows());
        tables.executeSql("CREATE TABLE orders (%s) WITH (%s)".formatted(COLUMNS, clause(source())));
        tables.executeSql("CREATE TABLE newest_orders (%s) WITH (%s)".formatted(COLUMNS, clause(sink())));
        tables.executeSql("INSERT INTO newest_orders SELECT * FROM orders").await();
    }

    private Map<String, String> source() throws IOException {
        Map<String, String> options = kafka("kafka", task.inputTopic());
        options.put("format", "debezium-json");
        options.put("properties.group.id", "sql-" + task.outputTopic());
        options.put("properties.isolation.level", "read_committed");
        options.put("scan.startup.mode", "earliest-offset");
        if (task.work() == WorkerTask.Work.TO_THE_END) {
            options.put("scan.bounded.mode", "latest-offset");
        }
        return options;
    }

    private Map<String, String> sink() throws IOException {
        Map<String, String> options = kafka("upsert-kafka", task.outputTopic());
        options.put("key.format", "json");
        options.put("value.format", "json");
        options.put("sink.delivery-guarantee", "exactly-once");
        options.put("sink.transactional-id-prefix", task.outputTopic());
        options.put("sink.transaction-naming-strategy", "POOLING");
        KafkaSinks.PRODUCER_DEFAULTS.forEach((name, value) -> options.putIfAbsent("properties." + name, value));
        return options;
    }

    private Map<String, String> kafka(String connector, String topic) throws IOException {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("connector", connector);
        options.put("topic", topic);
        options.put("properties.bootstrap.servers", task.bootstrapServers());
        ClientProperties.read(task.clientProperties())
                .forEach((name, value) -> options.put("properties." + name, value));
        return options;
    }

    private static String clause(Map<String, String> options) {
        return options.entrySet().stream()
                .map(option -> "'" + option.getKey() + "' = '" + option.getValue() + "'")
                .collect(Collectors.joining(", "));
    }
}
