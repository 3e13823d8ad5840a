package dev.flinkcookbook.queryevolutionsql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.flink.api.common.JobID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The ways to change a statement, each with its scripts on real Kafka, beside what must come out and a control that does not. */
@ExtendWith(KafkaExtension.class)
class SqlStatementJobIT {

    private static final int PAYMENTS = 600;

    @RegisterExtension
    static final FlinkExtension FLINK = new FlinkExtension();

    private final StatementOnKafka statement;

    SqlStatementJobIT(KafkaBroker kafka) {
        statement = new StatementOnKafka(FLINK, kafka);
    }

    private static Map<Integer, Integer> once(int from, int to, IntPredicate which) {
        Map<Integer, Integer> payments = new TreeMap<>();
        IntStream.range(from, to).filter(which).forEach(payment -> payments.put(payment, 1));
        return payments;
    }

    private static Map<Integer, Integer> largeOf(int versionOne, int versionTwo) {
        Map<Integer, Integer> payments = once(0, versionOne, payment -> StatementOnKafka.amount(payment) >= 100);
        payments.putAll(once(versionOne, versionTwo, payment -> StatementOnKafka.amount(payment) >= 50));
        return payments;
    }

    @Nested
    class AStatementWithoutState {

        private final String output = statement.topic("large-payments");

        private void versionOneReadsAllAndStops() throws Exception {
            statement.pay(PAYMENTS);
            JobID job = statement.start("large-payments-v1.sql", output);
            statement.awaitCaughtUp(output);
            statement.stop(job);
        }

        @Test
        void goesOnAtItsLastOffsetsWithEachRowOnce() throws Exception {
            versionOneReadsAllAndStops();
            String offsets = statement.offsets(output);
            statement.pay(PAYMENTS);

            statement.start(
                    "large-payments-v2.sql",
                    output,
                    "startup-mode=specific-offsets",
                    "startup-option=scan.startup.specific-offsets",
                    "startup-value=" + offsets);

            StatementOnKafka.patiently()
                    .untilAsserted(
                            () -> assertThat(statement.payments(output)).isEqualTo(largeOf(PAYMENTS, 2 * PAYMENTS)));
        }

        /** At least once: those of the overlap are there twice, and as version 2 has them. */
        @Test
        void goesOnAtATimestampWithThoseOfTheOverlapTwice() throws Exception {
            versionOneReadsAllAndStops();
            long overlap = statement.writtenAt(PAYMENTS / 2);
            long twice = statement.writtenSince(overlap, PAYMENTS);
            statement.pay(PAYMENTS);

            statement.start(
                    "large-payments-v2.sql",
                    output,
                    "startup-mode=timestamp",
                    "startup-option=scan.startup.timestamp-millis",
                    "startup-value=" + overlap);

            statement.awaitCaughtUp(output);
            Map<Integer, Integer> payments = statement.payments(output);
            assertThat(payments.keySet())
                    .containsAll(largeOf(PAYMENTS, 2 * PAYMENTS).keySet());
            assertThat(payments.values()).filteredOn(times -> times == 2).hasSize(Math.toIntExact(twice));
            assertThat(payments.values()).allMatch(times -> times <= 2);
            assertThat(twice).isPositive();
        }
    }

    @Nested
    class AStatementWithState {

        private final String output = statement.topic("account-totals");

        /** Version 2 is right from its first row on, and the old table stays until its consumers have moved. */
        @Test
        void isReplacedByOneThatWritesANewTableFromTheBeginning() throws Exception {
            statement.pay(PAYMENTS);
            JobID old = statement.start("account-totals-v1.sql", output);
            statement.awaitTotals(output, 0);
            String fresh = statement.topic("account-totals-2");

            statement.start("account-totals-v2.sql", fresh);
            statement.pay(PAYMENTS);
            statement.awaitCaughtUp(fresh);
            statement.awaitTotals(output, 0);
            statement.stop(old);

            assertThat(statement.totals(output)).isEqualTo(statement.totalsOf(0));
            assertThat(statement.totals(fresh)).isEqualTo(statement.totalsOf(10));
        }

        /** By the primary key: each account is wrong until its first new row, and all are right in the end. */
        @Test
        void writesTheSameTableAgain() throws Exception {
            statement.pay(PAYMENTS);
            JobID old = statement.start("account-totals-v1.sql", output);
            statement.awaitTotals(output, 0);
            statement.stop(old);

            statement.pay(PAYMENTS);
            statement.start("account-totals-v2.sql", output, "group-id=in-place");

            statement.awaitTotals(output, 10);
        }

        /** The control: it starts, and counts from 1. */
        @Test
        void isWrongIfItGoesOnAtTheOffsets() throws Exception {
            statement.pay(PAYMENTS);
            JobID old = statement.start("account-totals-v1.sql", output);
            statement.awaitCaughtUp(output);
            statement.stop(old);
            String offsets = statement.offsets(output);
            statement.pay(PAYMENTS);
            Path carried = Files.writeString(
                    scripts.resolve("carried-over.sql"),
                    Files.readString(Path.of("sql/account-totals-v1.sql"))
                            .replace(
                                    "FROM payments",
                                    "FROM payments /*+ OPTIONS('scan.startup.mode' = 'specific-offsets',"
                                            + " 'scan.startup.specific-offsets' = '" + offsets + "') */"));

            statement.start(
                    Path.of("sql").toAbsolutePath().relativize(carried).toString(),
                    output,
                    "transactional-id-prefix=other");
            statement.awaitCaughtUp(output);

            assertThat(statement.totals(output)).hasSize(7).isNotEqualTo(statement.totalsOf(0));
        }

        @TempDir
        private Path scripts;
    }

    /** Ten minutes of payments, one each second. */
    @Nested
    class APartOfTheHistory {

        private static final int FROM_THE_SIXTH_MINUTE = 5 * 60;

        private final String output = statement.topic("account-minutes");

        /** Starts at that payment, and waits for these minutes and no others; the last one stays open. */
        private void startsAt(int payment, Map<String, String> minutes) throws Exception {
            statement.payOneEachSecond(PAYMENTS);
            statement.start(
                    "account-minutes.sql",
                    output,
                    "startup-mode=timestamp",
                    "startup-option=scan.startup.timestamp-millis",
                    "startup-value=" + statement.writtenAt(payment));
            StatementOnKafka.patiently()
                    .untilAsserted(() -> assertThat(statement.minutes(output)).isEqualTo(minutes));
        }

        @Test
        void isRightForEachWindowThatBeginsAfterItsBeginning() throws Exception {
            startsAt(FROM_THE_SIXTH_MINUTE, StatementOnKafka.minutesOf(FROM_THE_SIXTH_MINUTE, 9 * 60));
        }

        /** The control: there is a result of that minute, and it is wrong. */
        @Test
        void isWrongForTheWindowThatItBeginsIn() throws Exception {
            int inTheMiddle = FROM_THE_SIXTH_MINUTE + 30;
            Map<String, String> right = StatementOnKafka.minutesOf(FROM_THE_SIXTH_MINUTE, 9 * 60);
            Map<String, String> wrong = StatementOnKafka.minutesOf(inTheMiddle, 9 * 60);
            assertThat(wrong.keySet()).isEqualTo(right.keySet());
            assertThat(wrong).isNotEqualTo(right);

            startsAt(inTheMiddle, wrong);
        }
    }

    @Nested
    class TheSameStatement {

        private final String output = statement.topic("account-totals");

        @TempDir
        private Path folder;

        private List<String> plan() {
            return List.of("--plan", folder.resolve("plan.json").toUri().toString());
        }

        @Test
        void goesOnFromASavepoint() throws Exception {
            statement.pay(PAYMENTS);
            JobID job = statement.start("account-totals-v1.sql", output);
            statement.awaitTotals(output, 0);
            String savepoint = statement.stop(job);
            statement.pay(PAYMENTS);

            statement.startFrom(savepoint, "account-totals-v1.sql", output, List.of());

            statement.awaitTotals(output, 0);
        }

        @Test
        void goesOnFromASavepointByItsCompiledPlan() throws Exception {
            statement.pay(PAYMENTS);
            JobID job = statement.startWith("account-totals-v1.sql", output, plan());
            statement.awaitTotals(output, 0);
            String savepoint = statement.stop(job);
            statement.pay(PAYMENTS);

            statement.startFrom(savepoint, "account-totals-v1.sql", output, plan());

            statement.awaitTotals(output, 0);
        }

        /** Whether with or without a plan is decided with the first start. */
        @Test
        void doesNotChangeToACompiledPlan() throws Exception {
            statement.pay(PAYMENTS);
            JobID job = statement.start("account-totals-v1.sql", output);
            statement.awaitTotals(output, 0);
            String savepoint = statement.stop(job);

            assertThatThrownBy(() -> statement.startFrom(savepoint, "account-totals-v1.sql", output, plan()))
                    .rootCause()
                    .hasMessageContaining("Cannot map checkpoint/savepoint state for operator");
        }
    }

    @Nested
    class AWrongCall {

        @TempDir
        private Path folder;

        @Test
        void isAnsweredInOneLine() throws Exception {
            Path script = Files.writeString(
                    folder.resolve("wrong.sql"), "CREATE TABLE t (k STRING;\nINSERT INTO t SELECT 1;");

            assertThatThrownBy(() -> SqlStatementJob.main(new String[0]))
                    .hasMessage("--script: got no value, expected FILE");
            assertThatThrownBy(() -> SqlStatementJob.main(new String[] {"--script", "nowhere.sql"}))
                    .hasMessage("--script: got 'nowhere.sql', expected a file that can be read where main runs");
            assertThatThrownBy(() -> SqlStatementJob.main(new String[] {"--script", script.toString()}))
                    .hasMessage("line 1, column 24: Encountered \"<EOF>\"");
        }
    }
}
