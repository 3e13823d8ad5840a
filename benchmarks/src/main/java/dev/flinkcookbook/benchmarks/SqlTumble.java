package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.common.KafkaSinks;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/** The peer of the windows: Flink's own {@code TUMBLE}, JSON in, JSON out. It drops what is late, and computes no mean. */
final class SqlTumble {

    private final WorkerTask task;

    SqlTumble(WorkerTask task) {
        this.task = task;
    }

    void run() throws Exception {
        StreamTableEnvironment tables =
                StreamTableEnvironment.create(StreamExecutionEnvironment.getExecutionEnvironment());
        tables.executeSql("""
                        CREATE TABLE readings (
                          sensor STRING, `at` TIMESTAMP_LTZ(3), celsius DECIMAL(18, 9),
                          WATERMARK FOR `at` AS `at` - INTERVAL '10' SECOND) WITH (%s)""".formatted(clause(source())));
        tables.executeSql("""
                        CREATE TABLE windows (
                          sensor STRING, `from` TIMESTAMP(3), `to` TIMESTAMP(3), `count` BIGINT,
                          `min` DECIMAL(18, 9), `max` DECIMAL(18, 9), `sum` DECIMAL(38, 9)) WITH (%s)""".formatted(clause(sink())));
        tables.executeSql("""
                        INSERT INTO windows
                        SELECT sensor, window_start, window_end, COUNT(*), MIN(celsius), MAX(celsius), SUM(celsius)
                        FROM TABLE(TUMBLE(TABLE readings, DESCRIPTOR(`at`), INTERVAL '1' MINUTE))
                        GROUP BY sensor, window_start, window_end""").await();
    }

    private Map<String, String> source() throws IOException {
        Map<String, String> options = kafka(task.inputTopic());
        options.put("properties.group.id", "sql-" + task.outputTopic());
        options.put("properties.isolation.level", "read_committed");
        options.put("scan.startup.mode", "earliest-offset");
        options.put("json.timestamp-format.standard", "ISO-8601");
        if (task.work() == WorkerTask.Work.TO_THE_END) {
            options.put("scan.bounded.mode", "latest-offset");
        }
        return options;
    }

    private Map<String, String> sink() throws IOException {
        Map<String, String> options = kafka(task.outputTopic());
        options.put("sink.delivery-guarantee", "exactly-once");
        options.put("sink.transactional-id-prefix", task.outputTopic());
        options.put("sink.transaction-naming-strategy", "POOLING");
        KafkaSinks.PRODUCER_DEFAULTS.forEach((name, value) -> options.putIfAbsent("properties." + name, value));
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
