package dev.flinkcookbook.exactlyonce;

import static dev.flinkcookbook.exactlyonce.Transfers.transfer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.PostgresExtension;
import dev.flinkcookbook.testbed.PostgresServer;
import dev.flinkcookbook.testbed.TopicReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith({KafkaExtension.class, PostgresExtension.class})
class LedgerToPostgresJobIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    @TempDir
    static Path folder;

    private final KafkaBroker kafka;
    private final PostgresServer postgres;

    LedgerToPostgresJobIT(KafkaBroker kafka, PostgresServer postgres) {
        this.kafka = kafka;
        this.postgres = postgres;
    }

    private static void isExact(LedgerInPostgres bank, PostgresServer postgres) throws SQLException {
        assertThat(bank.audit()).matches(LedgerOracle.Result::isExactlyOnce);
        assertThat(bank.query("SELECT count(*) FROM %s WHERE writer < 1")).containsExactly("0");
        try (Connection connection = postgres.connect()) {
            assertThat(LedgerAudit.of(connection, bank.table()))
                    .isEqualTo(Map.of(
                            "broken_sequences", "0", "broken_balances", "0", "sum", "0", "broken_transfers", "0"));
        }
    }

    @Test
    void isExactAfterTheTaskManagerWasTakenAwayTwice() throws Exception {
        LedgerInPostgres bank = new LedgerInPostgres(kafka, postgres, flink, folder);
        flink.restarts(100);
        CompletableFuture<Void> input = bank.produce(4_000, 2_000);
        LedgerInPostgres.Running job = bank.start("--create-table").hasRows(1_000);
        flink.replaceTaskManager();
        job.hasRows(4_000);
        flink.replaceTaskManager();

        input.get(60, TimeUnit.SECONDS);
        job.hasCaughtUp().stop();

        isExact(bank, postgres);
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

        private LedgerInPostgres.Running jobWithAPatienceOf(String patience, LedgerInPostgres bank) {
            return bank.start("--create-table", "--jdbc-patience", patience).hasRows(1_000);
        }

        /** No restart of the job is allowed, so it also shows that there is none. */
        @Test
        void theSinkConnectsAgainAndTheTableIsExact() throws Exception {
            LedgerInPostgres bank = new LedgerInPostgres(kafka, mortal, flink, folder);
            CompletableFuture<Void> input = bank.produce(3_000, 2_000);
            LedgerInPostgres.Running job = jobWithAPatienceOf("1m", bank);

            mortal.kill();
            mortal.start();

            input.get(60, TimeUnit.SECONDS);
            job.hasCaughtUp().stop();
            isExact(bank, mortal);
        }

        /** Its TaskManager must survive that: without one nothing would run any more. */
        @Test
        void theJobRestartsWhenItsPatienceIsOverAndTheTableIsExact() throws Exception {
            flink.restarts(1_000);
            LedgerInPostgres bank = new LedgerInPostgres(kafka, mortal, flink, folder);
            CompletableFuture<Void> input = bank.produce(3_000, 2_000);
            LedgerInPostgres.Running job = jobWithAPatienceOf("0s", bank);

            mortal.kill();
            job.restarts();
            mortal.start();

            input.get(60, TimeUnit.SECONDS);
            job.hasCaughtUp().stop();
            isExact(bank, mortal);
        }
    }

    @Test
    void whatPostgresCannotHoldIsADeadLetterAndTheRestIsBooked() throws Exception {
        LedgerInPostgres bank = new LedgerInPostgres(kafka, postgres, flink, folder);
        String longest = "€".repeat(255);
        bank.write(
                transfer("nul").from("a\\u0000"),
                transfer("half a character").from("\\ud83d"),
                transfer("long").from("a".repeat(256)),
                transfer("longest").from(longest).amount("999999999999999.999999999"));

        LedgerToPostgresJob.main(bank.flags("--create-table", "--bounded"));

        assertThat(bank.query("SELECT account || ' ' || balance FROM %s ORDER BY 1"))
                .containsExactly("b 999999999999999.999999999", longest + " -999999999999999.999999999");
        assertThat(TopicReader.readAll(kafka.bootstrapServers(), bank.deadLetters()))
                .extracting(letter -> new String(
                        letter.headers().lastHeader("dead-letter.reason").value()))
                .containsExactly("text-out-of-range", "text-out-of-range", "text-out-of-range");
    }

    /** What a reader may see between a failure and the end of the replay, and why it is gone afterwards. */
    @Nested
    class WhileTheReplayIsUnderWay {
        private static final String ENTRIES = "SELECT account || sequence || ' ' || transfer_id FROM %s ORDER BY 1";

        @Test
        void aTransferMayHaveThreeEntriesOrOne() throws Exception {
            LedgerInPostgres bank = new LedgerInPostgres(kafka, postgres, flink, folder);
            flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofDays(1))
                    .restarts(10);
            LedgerToPostgresJob.table(bank.parameters()).require(true);
            LedgerInPostgres.Running job =
                    bank.start(() -> runWithTurnstiles(bank.parameters())).checkpoint();

            bank.write(transfer("first").from("a").to("b").on(0));
            Turnstile.of(0).release();
            job.shows(ENTRIES, "a1 first", "b1 first");
            bank.write(transfer("second").from("a").to("c").on(1));
            Turnstile.of(1).release();
            job.shows(ENTRIES, "a1 first", "a2 second", "b1 first", "c1 second");

            flink.replaceTaskManager();
            Turnstile.of(1).release(); // The partitions of a topic have no order among each other.

            job.shows(ENTRIES, "a1 second", "a2 second", "b1 first", "c1 second");
            Turnstile.of(0).release();
            job.shows(ENTRIES, "a1 second", "a2 first", "b1 first", "c1 second").stop();
            isExact(bank, postgres);
        }

        private void runWithTurnstiles(LedgerToPostgresParameters parameters) throws Exception {
            StreamExecutionEnvironment environment = ExactlyOnceJob.environment();
            LedgerToPostgresJob.write(
                    ExactlyOncePipeline.build(LedgerToPostgresJob.read(environment, parameters)
                            .map(new Turnstile())
                            .returns(KafkaRecord.class)
                            .uid("turnstile")),
                    parameters);
            environment.execute();
        }
    }

    /** Before the job starts, in one line. */
    @Nested
    class WhatWouldOnlyFailLater {
        private final LedgerInPostgres bank = new LedgerInPostgres(kafka, postgres, flink, folder);

        private void isRefused(String line, String... flags) {
            assertThatThrownBy(() -> LedgerToPostgresJob.main(bank.flags(flags)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Postgres at " + line);
        }

        private String address() {
            return postgres.jdbcUrl().replace("jdbc:postgresql://", "");
        }

        @Test
        void isAMissingTable() {
            isRefused("%s has no table %s, or no sequence %2$s_writers (--create-table creates them)"
                    .formatted(address(), bank.table()));
        }

        @Test
        void isAWrongPassword() throws Exception {
            Path wrong = Files.writeString(folder.resolve("wrong"), "close sesame\n");
            isRefused(
                    address() + " refuses: FATAL: password authentication failed for user \"teller\"",
                    "--jdbc-password-file",
                    wrong.toString());
        }

        @Test
        void isATableWithoutTheKey() throws Exception {
            LedgerToPostgresJob.table(bank.parameters()).require(true);
            bank.execute("ALTER TABLE %s DROP CONSTRAINT ledger_pkey");
            isRefused(address() + " refuses: ERROR: there is no unique or exclusion constraint matching the ON CONFLICT"
                    + " specification");
        }

        @Test
        void isATableOfSomeoneElse() throws Exception {
            LedgerToPostgresJob.table(bank.parameters()).require(true);
            bank.asSuperuser("ALTER TABLE %s OWNER TO postgres".formatted(bank.table()));
            isRefused(address() + " refuses: ERROR: permission denied for table ledger");
        }

        @Test
        void isNoServer() {
            isRefused(
                    "localhost:1/bank does not answer: Connection to localhost:1 refused. Check that the"
                            + " hostname and port are correct and that the postmaster is accepting TCP/IP connections.",
                    "--jdbc-url",
                    "jdbc:postgresql://localhost:1/bank?ssl=false",
                    "--jdbc-patience",
                    "1s");
        }
    }

    /** Lets as many records of a partition pass as the test says. */
    private static final class Turnstile implements MapFunction<KafkaRecord, KafkaRecord> {
        private static final List<Semaphore> OF_PARTITION = List.of(new Semaphore(0), new Semaphore(0));

        static Semaphore of(int partition) {
            return OF_PARTITION.get(partition);
        }

        @Override
        public KafkaRecord map(KafkaRecord record) throws InterruptedException {
            of(record.partition()).acquire();
            return record;
        }
    }
}
