package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.common.KafkaSinks;
import dev.flinkcookbook.common.KafkaSources;
import dev.flinkcookbook.common.TopicCheck;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.jdbc.JdbcConnectionOptions;
import org.apache.flink.connector.jdbc.JdbcExecutionOptions;
import org.apache.flink.connector.jdbc.core.datastream.sink.JdbcSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * Books transfers as rows of a table: flags → Kafka → pipeline → Postgres. The sink writes at least once and the table takes
 * each entry once, by account and sequence number. When the job has caught up after a failure the table is exact: from the
 * checkpoint on, the replay numbers the same postings of each account anew, so it replaces every row that its former life
 * has left behind.
 *
 * <p>Until then a reader may see both lives at once: after a replay in another order, a transfer with one entry or with three.
 * Who must not see that reads the topic of {@link ExactlyOnceJob}, {@code read_committed}, into a table of its own: what is
 * committed there has its number for good, so a row never changes.
 */
public final class LedgerToPostgresJob {

    private LedgerToPostgresJob() {}

    public static void main(String[] args) throws Exception {
        Optional<LedgerToPostgresParameters> parameters = LedgerToPostgresParameters.from(args);
        if (parameters.isEmpty()) {
            return; // --help was printed
        }
        requireTopics(parameters.get());
        table(parameters.get()).require(parameters.get().createTable());
        StreamExecutionEnvironment environment = ExactlyOnceJob.environment();
        ExactlyOnceJob.requireTimeouts(
                environment, parameters.get().kafka(), parameters.get().transactions());
        DataStream<KafkaRecord> records = read(environment, parameters.get());
        write(ExactlyOncePipeline.build(records), parameters.get());
        environment.execute("ledger-to-postgres");
    }

    static DataStream<KafkaRecord> read(StreamExecutionEnvironment environment, LedgerToPostgresParameters parameters) {
        KafkaFlags kafka = parameters.kafka();
        KafkaSource<KafkaRecord> source = KafkaSources.<KafkaRecord>from(kafka)
                .setDeserializer(new WholeRecord())
                .build();
        return environment
                .fromSource(source, WatermarkStrategy.noWatermarks(), "read " + kafka.inputTopic())
                .uid("read-transfers");
    }

    static void write(ExactlyOncePipeline.Outputs outputs, LedgerToPostgresParameters parameters) {
        LedgerTable table = table(parameters);
        JdbcSink<LedgerEntry> ledger = JdbcSink.<LedgerEntry>builder()
                .withQueryStatement(table)
                .withExecutionOptions(JdbcExecutionOptions.builder()
                        .withBatchSize(1_000)
                        // How late a row may be, whatever the checkpoint interval is.
                        .withBatchIntervalMs(200)
                        .withMaxRetries(3)
                        .build())
                // Writes all that it holds before each checkpoint, or fails it: what is not replayed is in the table.
                // (Not buildExactlyOnce, which does not keep its word: XaSinkCommitsEarlyIT.)
                .buildAtLeastOnce(table);
        outputs.ledger()
                .sinkTo(new ForgivingClose<>(ledger, table))
                .name("write " + parameters.table())
                .uid("write-ledger-table");

        KafkaFlags kafka = parameters.kafka();
        outputs.deadLetters()
                .sinkTo(KafkaSinks.to(kafka.deadLetterTopic(), parameters.table() + "-dead-letters", kafka)
                        .setProperty(
                                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                                Long.toString(
                                        parameters.transactions().timeout().toMillis()))
                        .setDeliveryGuarantee(kafka.delivery())
                        .build())
                .name("write " + kafka.deadLetterTopic())
                .uid("write-dead-letters");
    }

    static LedgerTable table(LedgerToPostgresParameters parameters) {
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
                // One statement for many rows.
                .withProperty("reWriteBatchedInserts", "true")
                .withConnectionCheckTimeoutSeconds(5)
                .build();
        return new LedgerTable(connection, parameters.table(), parameters.jdbcPatience());
    }

    static void requireTopics(LedgerToPostgresParameters parameters) throws InterruptedException {
        TopicCheck.require(
                parameters.kafka(),
                Map.of(parameters.kafka().deadLetterTopic(), Map.of()),
                parameters.table() + "-dead-letters");
    }
}
