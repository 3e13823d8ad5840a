package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.changedatacapture.ViewRecords.ViewRecord;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.PostgresServer;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** A job on a real Kafka and a real Postgres, with views and a schema that no other test has, and a role with few rights. */
final class ReadModelInPostgres {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String ROLE = "curator";
    private static final String PASSWORD = "open sesame";

    private final KafkaBroker kafka;
    private final PostgresServer postgres;
    private final FlinkExtension flink;
    private final Path passwordFile;
    private final String schema = Topics.unique("shop").replace('-', '_');
    private final String views = Topics.unique("shop.view");

    /** @param folder where the password may stand */
    ReadModelInPostgres(KafkaBroker kafka, PostgresServer postgres, FlinkExtension flink, Path folder) {
        this.kafka = kafka;
        this.postgres = postgres;
        this.flink = flink;
        flink.set(CoreOptions.DEFAULT_PARALLELISM, 2);
        passwordFile = folder.resolve("password");
        createViews(views);
        Topics.create(kafka.bootstrapServers(), deadLetters(), 1);
        try {
            Files.writeString(passwordFile, PASSWORD + "\n");
            asSuperuser(
                    "DO $$ BEGIN CREATE ROLE %s LOGIN PASSWORD '%s'; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
                            .formatted(ROLE, PASSWORD));
            asSuperuser("CREATE SCHEMA %s AUTHORIZATION %s".formatted(schema, ROLE));
        } catch (IOException | SQLException e) {
            throw new AssertionError(e);
        }
    }

    private void createViews(String prefix) {
        for (Table table : Table.values()) {
            Topics.create(kafka.bootstrapServers(), prefix + "." + table, 2);
        }
    }

    /** Further views, for the same table. */
    String moreViews() {
        String more = Topics.unique("shop.view");
        createViews(more);
        return more;
    }

    String servers() {
        return kafka.bootstrapServers();
    }

    String views() {
        return views;
    }

    String deadLetters() {
        return views + ".dead-letters";
    }

    String table() {
        return schema + ".read_model";
    }

    /** Those given win. */
    String[] flags(String... given) {
        List<String> flags = new ArrayList<>(List.of(given));
        Map.of(
                        "--bootstrap-servers",
                        kafka.bootstrapServers(),
                        "--input-topic",
                        views,
                        "--dead-letter-topic",
                        deadLetters(),
                        "--group-id",
                        views,
                        "--transactional-id-prefix",
                        views,
                        "--jdbc-url",
                        postgres.jdbcUrl(),
                        "--jdbc-user",
                        ROLE,
                        "--jdbc-password-file",
                        passwordFile.toString(),
                        "--table",
                        table())
                .forEach((flag, value) -> {
                    if (!flags.contains(flag)) {
                        flags.addAll(List.of(flag, value));
                    }
                });
        return flags.toArray(String[]::new);
    }

    ReadModelParameters parameters(String... more) {
        return ReadModelParameters.from(flags(more)).orElseThrow();
    }

    /** In the background, at that rate. */
    CompletableFuture<Void> produce(long records, long perSecond) {
        Properties client = new Properties();
        client.setProperty("bootstrap.servers", kafka.bootstrapServers());
        return inBackground(() -> new ReadModelGenerator(7, perSecond).produce(client, views, records));
    }

    void write(ViewRecord... records) {
        write(views, List.of(records));
    }

    void write(String prefix, List<ViewRecord> records) {
        Map<String, Object> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<?>> sent = new ArrayList<>();
            records.forEach(record -> sent.add(producer.send(record.in(prefix))));
            for (Future<?> acknowledged : sent) {
                acknowledged.get();
            }
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The job's own main, until it has read what there is now. */
    void runToTheEnd(String... flags) throws Exception {
        List<String> all = new ArrayList<>(List.of(flags));
        all.add("--bounded");
        ReadModelJob.main(flags(all.toArray(String[]::new)));
    }

    void asSuperuser(String sql) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Cuts those of the job; how many there were. */
    long cutConnections() throws SQLException {
        return query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
                        + " AND pid <> pg_backend_pid()")
                .size();
    }

    /** As the job's own role. */
    void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl(), ROLE, PASSWORD);
                Statement statement = connection.createStatement()) {
            statement.execute(sql.formatted(table()));
        }
    }

    /** Of the first column, as text. */
    List<String> query(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl(), ROLE, PASSWORD);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql.formatted(table()))) {
            List<String> rows = new ArrayList<>();
            while (result.next()) {
                rows.add(result.getString(1));
            }
            return rows;
        }
    }

    /** The whole table. */
    List<String> rows() throws SQLException {
        return query("""
                SELECT concat_ws(' ', source, key, coalesce(row::text, 'deleted'),
                    position_commit || '/' || position_lsn || '/' || position_order)
                FROM %s ORDER BY 1""");
    }

    private long count() {
        try {
            return Long.parseLong(query("SELECT count(*) FROM %s").get(0));
        } catch (SQLException e) {
            return 0; // The job has not yet created the table.
        }
    }

    /** What the oracle says of views and table. */
    ReadModelOracle.Result compare() throws SQLException {
        ReadModelOracle oracle = new ReadModelOracle();
        for (Table source : Table.values()) {
            TopicReader.readAll(kafka.bootstrapServers(), views + "." + source).forEach(oracle::input);
        }
        try (Connection connection = postgres.connect()) {
            return oracle.compare(connection, table());
        }
    }

    interface Task {
        void run() throws Exception;
    }

    /** The job's own main, until it is stopped or the test is over. */
    Running start(String... flags) {
        return start(() -> ReadModelJob.main(flags(flags)));
    }

    Running start(Task job) {
        CompletableFuture<Void> main = inBackground(job);
        List<JobID> ids = new ArrayList<>();
        patiently().until(() -> {
            if (main.isCompletedExceptionally()) {
                main.join();
            }
            flink.client().listJobs().get().stream()
                    .filter(running -> !running.getJobState().isTerminalState())
                    .map(JobStatusMessage::getJobId)
                    .forEach(ids::add);
            return !ids.isEmpty();
        });
        return new Running(ids.get(0), main);
    }

    private static CompletableFuture<Void> inBackground(Task task) {
        return CompletableFuture.runAsync(() -> {
            try {
                task.run();
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
    }

    final class Running {
        private final JobID id;
        private final CompletableFuture<Void> main;

        private Running(JobID id, CompletableFuture<Void> main) {
            this.id = id;
            this.main = main;
        }

        /** Waits until the table is this. */
        Running shows(String... rows) {
            patiently().until(() -> {
                failIfItHasFailed();
                return rows().equals(List.of(rows));
            });
            return this;
        }

        Running hasRows(long atLeast) {
            patiently().until(() -> {
                failIfItHasFailed();
                return count() >= atLeast;
            });
            return this;
        }

        /** Waits until the job has failed and is to start again. */
        Running restarts() {
            patiently().until(() -> flink.client().getJobStatus(id).get() != JobStatus.RUNNING);
            return this;
        }

        /** Waits until the oracle finds nothing missing. */
        Running hasCaughtUp() {
            patiently().until(() -> {
                failIfItHasFailed();
                return compare().lost() == 0;
            });
            return this;
        }

        /** Takes a checkpoint now; while the job is not yet running, this is tried until it is. */
        Running checkpoint() {
            patiently().ignoreExceptions().until(() -> {
                flink.client()
                        .triggerCheckpoint(id, CheckpointType.CONFIGURED)
                        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                return true;
            });
            return this;
        }

        private void failIfItHasFailed() {
            if (main.isDone()) {
                main.join();
                throw new AssertionError("the job has ended");
            }
        }

        void stop() throws Exception {
            flink.client()
                    .stopWithSavepoint(id, false, null, SavepointFormatType.CANONICAL)
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            main.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    static ConditionFactory patiently() {
        return Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50));
    }
}
