package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.ViewRecords.customer;
import static dev.flinkcookbook.changedatacapture.ViewRecords.order;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.changedatacapture.ViewRecords.ViewRecord;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.PostgresExtension;
import dev.flinkcookbook.testbed.PostgresServer;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith({KafkaExtension.class, PostgresExtension.class})
class ReadModelJobIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    @TempDir
    static Path folder;

    private final KafkaBroker kafka;
    private final PostgresServer postgres;

    ReadModelJobIT(KafkaBroker kafka, PostgresServer postgres) {
        this.kafka = kafka;
        this.postgres = postgres;
    }

    private ReadModelInPostgres shop() {
        return new ReadModelInPostgres(kafka, postgres, flink, folder);
    }

    /** The generator's records have rows of all tables, and deleted ones. */
    private static void isExact(ReadModelInPostgres shop) throws SQLException {
        assertThat(shop.compare())
                .matches(ReadModelOracle.Result::isExact)
                .matches(result -> result.expected() > 250 && result.deleted() > 20);
        assertThat(TopicReader.readAll(shop.servers(), shop.deadLetters())).isEmpty();
    }

    @Test
    void rowsComeAndAreUpdatedAndDeleted() throws Exception {
        ReadModelInPostgres shop = shop();
        ReadModelInPostgres.Running job = shop.start("--create-table");

        shop.write(
                customer(1).named("Ada").at("0/10/1"), customer(2).named("Bob").at("0/10/2"));
        job.shows(
                "customers {\"id\": 1} {\"name\": \"Ada\"} 0/10/1", "customers {\"id\": 2} {\"name\": \"Bob\"} 0/10/2");

        shop.write(
                customer(1).named("Eve").at("11/20/1"),
                customer(2).deleted().at("11/20/2"),
                order(1).is("{\"id\":1,\"total\":\"9.90\"}").at("11/20/3"));
        job.shows(
                "customers {\"id\": 1} {\"name\": \"Eve\"} 11/20/1",
                "customers {\"id\": 2} deleted 11/20/2",
                "orders {\"id\": 1} {\"id\": 1, \"total\": \"9.90\"} 11/20/3");

        assertThat(shop.query("SELECT row->>'name' FROM %s WHERE source = 'customers' AND row IS NOT NULL"))
                .containsExactly("Eve");
        job.stop();
    }

    @Nested
    class AReplayInAnotherOrder {

        private List<ViewRecord> generated() {
            ReadModelGenerator generator = new ReadModelGenerator(11, 1);
            return Stream.generate(generator::next).limit(1_500).toList();
        }

        /** On any partition, so in no order at all, and some of them twice. */
        private List<ViewRecord> shuffled(List<ViewRecord> records, Random random) {
            List<ViewRecord> shuffled = new ArrayList<>();
            for (ViewRecord record : records) {
                for (int copies = 1 + random.nextInt(2); copies > 0; copies--) {
                    shuffled.add(record.on(random.nextInt(2)));
                }
            }
            Collections.shuffle(shuffled, random);
            return shuffled;
        }

        @Test
        void endsInTheSameTable() throws Exception {
            ReadModelInPostgres shop = shop();
            shop.write(shop.views(), generated());
            shop.runToTheEnd("--create-table");
            isExact(shop);
            List<String> rows = shop.rows();

            String replayed = shop.moreViews();
            shop.write(replayed, shuffled(generated(), new Random(1)));
            shop.runToTheEnd("--input-topic", replayed);
            assertThat(shop.rows()).isEqualTo(rows);

            shop.execute("TRUNCATE %s");
            shop.runToTheEnd("--input-topic", replayed);
            assertThat(shop.rows()).isEqualTo(rows);
        }
    }

    @Nested
    class ARowThatIsDeleted {
        @Test
        void staysSoWhateverComesLate() throws Exception {
            ReadModelInPostgres shop = shop();
            ViewRecord ada = customer(1).named("Ada").at("11/20/1");
            shop.write(ada.on(0), customer(1).deleted().at("11/20/2").on(0));
            ReadModelInPostgres.Running job =
                    shop.start("--create-table").shows("customers {\"id\": 1} deleted 11/20/2");

            // On the other partition too, and a row behind it that shows that it was read.
            shop.write(
                    ada.on(0),
                    customer(2).named("Bob").at("0/1/1").on(0),
                    ada.on(1),
                    customer(3).named("Cid").at("0/1/1").on(1));

            job.shows(
                            "customers {\"id\": 1} deleted 11/20/2",
                            "customers {\"id\": 2} {\"name\": \"Bob\"} 0/1/1",
                            "customers {\"id\": 3} {\"name\": \"Cid\"} 0/1/1")
                    .stop();
        }
    }

    @Nested
    class AfterACrash {
        @Test
        void nothingIsLostThoughTheTaskManagerWasTakenAwayTwice() throws Exception {
            ReadModelInPostgres shop = shop();
            flink.restarts(100);
            CompletableFuture<Void> input = shop.produce(6_000, 2_000);
            ReadModelInPostgres.Running job = shop.start("--create-table").hasRows(100);
            flink.replaceTaskManager();
            job.hasRows(250);
            flink.replaceTaskManager();

            input.get(60, TimeUnit.SECONDS);
            job.hasCaughtUp().stop();

            isExact(shop);
        }

        /** What was written since the checkpoint is written again, and more of it than is newest by now. */
        @Test
        void whatIsReplayedChangesNothing() throws Exception {
            ReadModelInPostgres shop = shop();
            flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofDays(1))
                    .restarts(10);
            ReadModelInPostgres.Running job = shop.start("--create-table").checkpoint();
            shop.write(
                    customer(1).named("Ada").at("0/1/1"),
                    customer(1).named("Eve").at("0/1/2"),
                    customer(2).named("Bob").at("0/1/3"),
                    customer(2).deleted().at("0/1/4"));
            String[] rows = {"customers {\"id\": 1} {\"name\": \"Eve\"} 0/1/2", "customers {\"id\": 2} deleted 0/1/4"};
            job.shows(rows);
            shop.execute("CREATE TABLE %s_history AS SELECT * FROM %<s");
            shop.execute("CREATE FUNCTION %1$s_tell() RETURNS trigger AS"
                    + " 'BEGIN INSERT INTO %1$s_history SELECT NEW.*; RETURN NEW; END' LANGUAGE plpgsql");
            shop.execute(
                    "CREATE TRIGGER tell AFTER INSERT OR UPDATE ON %1$s FOR EACH ROW EXECUTE FUNCTION %1$s_tell()");

            flink.replaceTaskManager();
            shop.write(customer(3).named("Cid").at("0/2/1"), order(3).deleted().at("0/2/1"));

            job.shows(
                            rows[0],
                            rows[1],
                            "customers {\"id\": 3} {\"name\": \"Cid\"} 0/2/1",
                            "orders {\"id\": 3} deleted 0/2/1")
                    .stop();
            assertThat(shop.query("SELECT concat_ws(' ', source, key) FROM %s_history ORDER BY 1"))
                    .containsExactly(
                            "customers {\"id\": 1}",
                            "customers {\"id\": 2}",
                            "customers {\"id\": 3}",
                            "orders {\"id\": 3}");
        }
    }

    @Nested
    class AConnectionThatIsCut {
        /** No restart of the job is allowed, so it also shows that there is none. */
        @Test
        void isOpenedAgain() throws Exception {
            ReadModelInPostgres shop = shop();
            CompletableFuture<Void> input = shop.produce(6_000, 2_000);
            ReadModelInPostgres.Running job = shop.start("--create-table").hasRows(100);

            ReadModelInPostgres.patiently().until(() -> shop.cutConnections() > 0);
            job.hasRows(250);
            ReadModelInPostgres.patiently().until(() -> shop.cutConnections() > 0);

            input.get(60, TimeUnit.SECONDS);
            job.hasCaughtUp().stop();
            isExact(shop);
        }
    }

    @Nested
    class AfterPostgresWasKilled {
        private static PostgresServer mortal;

        @BeforeAll
        static void start() {
            mortal = PostgresServer.started();
        }

        @AfterAll
        static void close() {
            mortal.close();
        }

        private final ReadModelInPostgres shop = new ReadModelInPostgres(kafka, mortal, flink, folder);

        /** No restart of the job is allowed, so it also shows that there is none. */
        @Test
        void theSinkConnectsAgainAndTheTableIsExact() throws Exception {
            CompletableFuture<Void> input = shop.produce(6_000, 2_000);
            ReadModelInPostgres.Running job =
                    shop.start("--create-table", "--jdbc-patience", "1m").hasRows(100);

            mortal.kill();
            mortal.start();

            input.get(60, TimeUnit.SECONDS);
            job.hasCaughtUp().stop();
            isExact(shop);
        }

        /** Its TaskManager must survive that: without one nothing would run any more. */
        @Test
        void theJobRestartsWhenItsPatienceIsOverAndTheTableIsExact() throws Exception {
            flink.restarts(1_000);
            CompletableFuture<Void> input = shop.produce(6_000, 2_000);
            ReadModelInPostgres.Running job =
                    shop.start("--create-table", "--jdbc-patience", "0s").hasRows(100);

            mortal.kill();
            job.restarts();
            mortal.start();

            input.get(60, TimeUnit.SECONDS);
            job.hasCaughtUp().stop();
            isExact(shop);
        }
    }

    @Test
    void whatIsNoViewIsADeadLetterAndTheRestIsWritten() throws Exception {
        ReadModelInPostgres shop = shop();
        ViewRecord ada = customer(1).named("Ada").at("0/1/1").on(0);
        shop.write(
                ada.withKey("1"),
                ada.withKey(null),
                ada.is("[]"),
                ada.at(null),
                ada.at("0/1"),
                ada.named("\\u0000").at("0/1/2"),
                ada.named("\\ud83d").at("0/1/2"),
                ada.is("{\"n\":1e131072}").at("0/1/2"),
                ada);

        shop.runToTheEnd("--create-table");

        assertThat(shop.rows()).containsExactly("customers {\"id\": 1} {\"name\": \"Ada\"} 0/1/1");
        List<ConsumerRecord<byte[], byte[]>> letters = TopicReader.readAll(shop.servers(), shop.deadLetters());
        assertThat(letters)
                .extracting(letter -> header(letter, "topic").replaceFirst(".*\\.", "") + " " + header(letter, "offset")
                        + " " + header(letter, "reason"))
                .containsExactly(
                        "customers 0 bad-key",
                        "customers 1 bad-key",
                        "customers 2 bad-row",
                        "customers 3 bad-position",
                        "customers 4 bad-position",
                        "customers 5 not-storable",
                        "customers 6 not-storable",
                        "customers 7 not-storable");
        assertThat(letters.get(5).value()).isEqualTo(ViewRecords.utf8("{\"name\":\"\\u0000\"}"));
    }

    private static String header(ConsumerRecord<?, ?> letter, String name) {
        return new String(letter.headers().lastHeader("dead-letter." + name).value());
    }

    /** The job may start before the one that writes the views; as topics that forget, they would lose rows. */
    @Test
    void viewsThatAreMissingAreCreatedCompacted() throws Exception {
        String missing = Topics.unique("shop.view");
        ReadModelJob.requireTopics(shop().parameters(
                        "--input-topic", missing, "--dead-letter-topic", missing + ".dead", "--create-topics"));

        assertThat(Stream.of(".customers", ".orders", ".order_lines", ".dead")
                        .map(topic -> cleanupPolicy(missing + topic)))
                .containsExactly("compact", "compact", "compact", "delete");
    }

    private String cleanupPolicy(String topic) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) kafka.bootstrapServers()))) {
            return admin.describeConfigs(List.of(resource))
                    .all()
                    .get()
                    .get(resource)
                    .get("cleanup.policy")
                    .value();
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Before the job starts, in one line. */
    @Nested
    class WhatWouldOnlyFailLater {
        private final ReadModelInPostgres shop = shop();

        private void isRefused(String line, String... flags) {
            assertThatThrownBy(() -> ReadModelJob.main(shop.flags(flags)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Postgres at " + line);
        }

        private String address() {
            return postgres.jdbcUrl().replace("jdbc:postgresql://", "");
        }

        @Test
        void isAMissingTable() {
            isRefused("%s has no table %s (--create-table creates it)".formatted(address(), shop.table()));
        }

        @Test
        void isAMissingColumn() throws Exception {
            ReadModelJob.table(shop.parameters()).require(true);
            shop.execute("ALTER TABLE %s DROP COLUMN row");
            isRefused(address() + " refuses: ERROR: column \"row\" of relation \"read_model\" does not exist");
        }

        @Test
        void isAWrongPassword() throws Exception {
            Path wrong = Files.writeString(folder.resolve("wrong"), "close sesame\n");
            isRefused(
                    address() + " refuses: FATAL: password authentication failed for user \"curator\"",
                    "--jdbc-password-file",
                    wrong.toString());
        }

        @Test
        void isATableOfSomeoneElse() throws Exception {
            ReadModelJob.table(shop.parameters()).require(true);
            shop.asSuperuser("ALTER TABLE %s OWNER TO postgres".formatted(shop.table()));
            isRefused(address() + " refuses: ERROR: permission denied for table read_model");
        }

        @Test
        void isAMissingView() {
            assertThatThrownBy(() -> ReadModelJob.main(shop.flags("--input-topic", "nobody-s")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Kafka at %s has no topic nobody-s.customers, nobody-s.order_lines, nobody-s.orders"
                                    .formatted(shop.servers())
                            + " (--create-topics creates what is missing)");
        }

        @Test
        void isNoServer() {
            isRefused(
                    "localhost:1/shop does not answer: Connection to localhost:1 refused. Check that the"
                            + " hostname and port are correct and that the postmaster is accepting TCP/IP connections.",
                    "--jdbc-url",
                    "jdbc:postgresql://localhost:1/shop?ssl=false",
                    "--jdbc-patience",
                    "1s");
        }
    }
}
