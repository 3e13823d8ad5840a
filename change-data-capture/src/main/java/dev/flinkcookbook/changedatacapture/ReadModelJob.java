package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.common.FlinkDefaults;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.common.KafkaSinks;
import dev.flinkcookbook.common.KafkaSources;
import dev.flinkcookbook.common.TopicCheck;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.jdbc.JdbcConnectionOptions;
import org.apache.flink.connector.jdbc.JdbcExecutionOptions;
import org.apache.flink.connector.jdbc.core.datastream.sink.JdbcSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Keeps the views of {@link ChangeDataCaptureJob} in a table: flags → Kafka → Postgres. The sink writes at least once, and the
 * table takes a version of a row only over an older one, so in the end it is as if each had been written once. It holds no
 * state but its place in the topics, and can be started from their beginning at any time.
 */
public final class ReadModelJob {

    /** Fixed for the life of the job: it is part of every savepoint. The parallelism may be anything up to it. */
    private static final int MAX_PARALLELISM = 128;

    static final String NAME = "read-model";

    private ReadModelJob() {}

    public static void main(String[] args) throws Exception {
        Optional<ReadModelParameters> parameters = ReadModelParameters.from(args);
        if (parameters.isEmpty()) {
            return; // --help was printed
        }
        requireTopics(parameters.get());
        table(parameters.get()).require(parameters.get().createTable());
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        write(read(environment, parameters.get()), parameters.get());
        environment.execute(NAME);
    }

    static DataStream<KafkaRecord> read(StreamExecutionEnvironment environment, ReadModelParameters parameters) {
        FlinkDefaults.applyTo(environment);
        environment.setMaxParallelism(MAX_PARALLELISM);

        KafkaSource<KafkaRecord> source = KafkaSources.<KafkaRecord>from(
                        parameters.kafka(), parameters.viewTopics().toArray(String[]::new))
                .setDeserializer(new WholeRecord())
                .build();
        return environment
                .fromSource(source, WatermarkStrategy.noWatermarks(), "read views")
                .uid("read-views");
    }

    static void write(DataStream<KafkaRecord> views, ReadModelParameters parameters) {
        SingleOutputStreamOperator<ReadModelRow> rows =
                views.process(new ReadView()).name("read rows").uid("read-rows");

        ReadModelTable table = table(parameters);
        JdbcSink<ReadModelRow> readModel = JdbcSink.<ReadModelRow>builder()
                .withQueryStatement(table)
                .withExecutionOptions(JdbcExecutionOptions.builder()
                        .withBatchSize(1_000)
                        // How late a row may be, whatever the checkpoint interval is.
                        .withBatchIntervalMs(200)
                        .withMaxRetries(3)
                        .build())
                // Writes all that it holds before each checkpoint, or fails it: what is not replayed is in the table.
                .buildAtLeastOnce(table);
        rows.sinkTo(new ForgivingClose<>(readModel, table))
                .name("write " + parameters.table())
                .uid("write-read-model");

        KafkaFlags kafka = parameters.kafka();
        rows.getSideOutput(ReadView.DEAD_LETTERS)
                .sinkTo(KafkaSinks.to(kafka.deadLetterTopic(), "dead-letters", kafka)
                        .setDeliveryGuarantee(kafka.delivery())
                        .build())
                .name("write " + kafka.deadLetterTopic())
                .uid("write-dead-letters");
    }

    static ReadModelTable table(ReadModelParameters parameters) {
        JdbcConnectionOptions connection = new JdbcConnectionOptions.JdbcConnectionOptionsBuilder()
                .withUrl(parameters.jdbcUrl())
                .withDriverName("org.postgresql.Driver")
                .withUsername(parameters.jdbcUser())
                .withPassword(parameters.jdbcPassword())
                // A checkpoint counts on what Postgres has acknowledged: it must survive a crash of Postgres.
                .withProperty("options", "-c synchronous_commit=on")
                // A server that does not answer becomes an error after a minute, and not a job that stands still.
                .withProperty("socketTimeout", "60")
                .withProperty("connectTimeout", "5")
                .withConnectionCheckTimeoutSeconds(5)
                .build();
        return new ReadModelTable(connection, parameters.table(), parameters.jdbcPatience());
    }

    /** Views that are missing are created as the job that writes them would. */
    static void requireTopics(ReadModelParameters parameters) throws InterruptedException {
        KafkaFlags kafka = parameters.kafka();
        Map<String, Map<String, String>> topics = new LinkedHashMap<>();
        parameters.viewTopics().forEach(topic -> topics.put(topic, Map.of("cleanup.policy", "compact")));
        topics.put(kafka.deadLetterTopic(), Map.of());
        TopicCheck.require(kafka, parameters.viewTopics(), topics, "dead-letters");
    }
}
