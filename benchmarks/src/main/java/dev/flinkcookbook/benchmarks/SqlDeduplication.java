package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.common.KafkaSinks;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.api.config.ExecutionConfigOptions;

/** The peer: Flink's own deduplication pattern, {@code ROW_NUMBER() = 1} in the order of arrival; JSON in, JSON out. */
final class SqlDeduplication {

    /** Strings throughout, the cheapest for SQL: no number is parsed and none is written. */
    private static final String COLUMNS =
            "paymentId STRING, account STRING, amount STRING, currency STRING, createdAt STRING, merchant STRING,"
                    + " reference STRING";

    private static final String NAMES = "paymentId, account, amount, currency, createdAt, merchant, reference";

    private final WorkerTask task;

    SqlDeduplication(WorkerTask task) {
        this.task = task;
    }

    void run() throws Exception {
        StreamTableEnvironment tables =
                StreamTableEnvironment.create(StreamExecutionEnvironment.getExecutionEnvironment());
        tables.getConfig().set(ExecutionConfigOptions.IDLE_STATE_RETENTION, WorkerTask.RETENTION);
        tables.executeSql(
                "CREATE TABLE payments (%s, arrived AS PROCTIME()) WITH (%s)".formatted(COLUMNS, clause(source())));
        tables.executeSql("CREATE TABLE deduplicated (%s) WITH (%s)".formatted(COLUMNS, clause(sink())));
        tables.executeSql("""
                        INSERT INTO deduplicated SELECT %1$s FROM (
                          SELECT *, ROW_NUMBER() OVER (PARTITION BY paymentId ORDER BY arrived ASC) AS occurrence
                          FROM payments)
                        WHERE occurrence = 1""".formatted(NAMES)).await();
    }

    private Map<String, String> source() throws IOException {
        Map<String, String> options = kafka(task.inputTopic());
        options.put("properties.group.id", "sql-" + task.outputTopic());
        options.put("properties.isolation.level", "read_committed");
        options.put("scan.startup.mode", "earliest-offset");
        if (task.work() == WorkerTask.Work.TO_THE_END) {
            options.put("scan.bounded.mode", "latest-offset");
        }
        return options;
    }

    private Map<String, String> sink() throws IOException {
        Map<String, String> options = kafka(task.outputTopic());
        options.put("sink.delivery-guarantee", "exactly-once");
        options.put("sink.transactional-id-prefix", task.outputTopic());
        // Without it the broker refuses the connector's default of an hour.
        options.put("properties.transaction.timeout.ms", "900000");
        if (task.variant().isTuned()) {
            options.put("sink.transaction-naming-strategy", "POOLING");
            KafkaSinks.PRODUCER_DEFAULTS.forEach((name, value) -> options.putIfAbsent("properties." + name, value));
        }
        return options;
    }

    private Map<String, String> kafka(String topic) throws IOException {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("connector", "kafka");
        options.put("topic", topic);
        options.put("format", "json");
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
