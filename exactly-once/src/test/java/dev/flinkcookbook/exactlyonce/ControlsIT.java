package dev.flinkcookbook.exactlyonce;

import static dev.flinkcookbook.exactlyonce.Transfers.transfers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.exactlyonce.Transfers.Sent;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.InProcessKafka;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What the recipe does is needed: each test leaves out one thing and shows what is lost or repeated then. Twenty transfers are
 * forty entries, four on each of ten accounts. No job here may restart unless the test says so.
 */
@ExtendWith(KafkaExtension.class)
class ControlsIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private static final Sent[] FIRST = transfers(0, 20);
    private static final Sent[] SECOND = transfers(20, 40);
    private static final Sent[] THIRD = transfers(40, 60);

    private final KafkaBroker kafka;

    ControlsIT(KafkaBroker kafka) {
        this.kafka = kafka;
    }

    private JobOnKafka job() {
        return JobOnKafka.withTopics(kafka, flink).withoutCheckpointsOfItsOwn();
    }

    /** The first third is in a checkpoint; the second is written after it, and then the TaskManager goes. */
    private static void crash(JobOnKafka job, String... flags) throws Exception {
        flink.restarts(10); // the first may still be given a slot of the TaskManager that is going
        job.write(FIRST);
        RunningJob running = job.start(flags).hasWritten(40).checkpoint().hasCommitted(40);
        job.write(SECOND);
        running.hasWritten(80);
        flink.replaceTaskManager();
        job.write(THIRD);
        running.hasWritten(120).stop();
    }

    @Nested
    class DeliveryAtLeastOnce {
        @Test
        void booksAgainWhatWasWrittenSinceTheCheckpoint() throws Exception {
            JobOnKafka job = job();

            crash(job, "--delivery", "at-least-once");

            LedgerOracle.Result audit = job.audit();
            assertThat(audit.lost()).isZero();
            assertThat(audit.duplicated()).isEqualTo(40);
            assertThat(audit.delivered()).isEqualTo(160);
            assertThat(audit.brokenSequences())
                    .as("each account goes back once")
                    .isEqualTo(10);
            assertThat(audit.isExactlyOnce()).isFalse();
        }
    }

    @Nested
    class AConsumerThatReadsUncommitted {
        @Test
        void seesEntriesThatWereAbortedAndSoSeesThemTwice() throws Exception {
            JobOnKafka job = job();

            crash(job);

            assertThat(job.audit().isExactlyOnce()).isTrue();
            assertThat(job.entries()).hasSize(120);
            List<String> uncommitted =
                    job.uncommitted().stream().map(JobOnKafka::side).toList();
            assertThat(uncommitted).hasSize(160);
            assertThat(uncommitted.stream().distinct()).hasSize(120);
        }
    }

    /**
     * The one that nobody notices: the broker aborts what waits for its commit, the committer is told that its producer is
     * fenced, takes that for the echo of a commit that has happened already, logs a warning, and goes on. The balances count
     * the entries, the ledger lacks them, and no job has failed.
     */
    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS) // one broker that looks for such transactions all the time
    class ATransactionTimeoutThatIsTooShort {
        /** More than the writing and a savepoint take, and not much more than the test wants to wait. */
        private static final String[] TIMEOUT = {"--transaction-timeout", "5s"};

        private KafkaBroker broker;

        @BeforeAll
        void start() {
            broker = InProcessKafka.startedOn(
                    0, Map.of("transaction.abort.timed.out.transaction.cleanup.interval.ms", "100"));
        }

        @AfterAll
        void close() {
            broker.close();
        }

        /**
         * A savepoint without a stop pre-commits the entries and leaves their commit to the next checkpoint; the job ends
         * before that, and is restored too late. It is the same after a checkpoint and a crash before its commit.
         */
        @Test
        void losesEntriesInAnOutageAndNobodyIsTold() throws Exception {
            JobOnKafka job = JobOnKafka.withTopics(broker, flink)
                    .withoutCheckpointsOfItsOwn()
                    .write(FIRST);
            RunningJob beforeTheOutage = job.startUnchecked(TIMEOUT).hasWritten(40);
            String savepoint = beforeTheOutage.savepoint();
            beforeTheOutage.cancel();
            assertThat(job.entries()).as("once no transaction is open any more").isEmpty();

            job.write(SECOND);
            flink.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
            RunningJob restored = job.startUnchecked(TIMEOUT).hasWritten(80);

            assertItGoesOnWithoutTheFirstThird(job, restored);
        }

        /** No crash, no outage: the flush before a checkpoint asks the broker nothing if there is nothing to send. */
        @Test
        void losesEntriesWhileTheJobRunsIfTheCheckpointComesLater() throws Exception {
            JobOnKafka job = JobOnKafka.withTopics(broker, flink)
                    .withoutCheckpointsOfItsOwn()
                    .write(FIRST);
            RunningJob running = job.startUnchecked(TIMEOUT).hasWritten(40);
            assertThat(job.entries()).as("once no transaction is open any more").isEmpty();
            running.checkpoint();

            job.write(SECOND);
            running.hasWritten(80);

            assertItGoesOnWithoutTheFirstThird(job, running);
        }

        private void assertItGoesOnWithoutTheFirstThird(JobOnKafka job, RunningJob running) throws Exception {
            running.checkpoint().hasCommitted(40);
            assertThat(running.status()).isEqualTo(JobStatus.RUNNING);
            running.stop();
            LedgerOracle.Result audit = job.audit();
            assertThat(audit.lost()).isEqualTo(40);
            assertThat(audit.duplicated()).isZero();
            assertThat(audit.brokenSequences()).as("no account starts at 1").isEqualTo(10);
            assertThat(audit.isExactlyOnce()).isFalse();
        }

        @Test
        void isRefusedByTheJobsOwnMain() {
            JobOnKafka job = JobOnKafka.withTopics(broker, flink).withoutCheckpointsOfItsOwn();

            assertThatExceptionOfType(FlagException.class)
                    .isThrownBy(() -> job.runToTheEnd(TIMEOUT))
                    .withMessage(
                            "--transaction-timeout: got '5s', expected more than the longest wait for a checkpoint 6min"
                                    + " + checkpoint timeout 1min + --longest-outage 3min: an outage of that length would lose data");
        }
    }

    @Nested
    class ARestartWithoutState {
        @Test
        void booksEverythingAgainFromEntryOne() throws Exception {
            JobOnKafka job = job().write(FIRST).runToTheEnd();
            assertThat(job.audit().isExactlyOnce()).isTrue();

            job.runToTheEnd();

            LedgerOracle.Result audit = job.audit();
            assertThat(audit.lost()).isZero();
            assertThat(audit.duplicated()).isEqualTo(40);
            assertThat(audit.brokenSequences()).isEqualTo(10);
            assertThat(audit.isExactlyOnce()).isFalse();
        }

        /** The group remembers where it was, but nobody remembers the balances. */
        @Test
        void forgetsTheBalancesEvenIfItStartsAtTheGroupsOffsets() throws Exception {
            JobOnKafka job = job().write(FIRST);
            job.start().hasWritten(40).stop();
            job.commitTheGroupsOffsets();
            job.write(SECOND);

            job.runToTheEnd("--starting-offsets", "committed");

            LedgerOracle.Result audit = job.audit();
            assertThat(audit.lost() + audit.duplicated()).isZero();
            assertThat(audit.brokenSequences()).isEqualTo(10);
            assertThat(audit.brokenBalances()).isEqualTo(10);
            assertThat(audit.isExactlyOnce()).isFalse();
        }
    }

    /** One that is not the former life's, and no state that would name it. */
    @Nested
    class ARestartUnderAnotherPrefix {
        @Test
        void leavesConsumersWaitingForATransactionOfAJobThatIsGone() throws Exception {
            Gate gate = Gate.openAt(Gate.Step.AFTER_THE_PRE_COMMIT);
            JobOnKafka job = job().write(FIRST);
            RunningJob gone = job.startWith(sink -> new GatedSink(sink, gate)).hasWritten(40);
            gate.close();
            gone.beginCheckpoint();
            gate.awaitHeld(2);
            gone.cancel();

            job.runToTheEnd("--transactional-id-prefix", "another");

            job.hasOpen(2);
            assertThat(job.uncommitted()).hasSize(80);
            assertThat(job.visible()).as("though it was committed").isEmpty();

            job.runToTheEnd("--starting-offsets", "latest"); // under the old prefix, and it has nothing to do
            assertThat(job.audit().isExactlyOnce()).isTrue();
        }
    }

    @Nested
    class AnOldSavepoint {
        @Test
        void booksAgainWhatCameSince() throws Exception {
            JobOnKafka job = job().write(FIRST);
            String old = job.start().hasWritten(40).stop();
            job.write(SECOND);
            flink.set(StateRecoveryOptions.SAVEPOINT_PATH, old);
            job.start().hasWritten(80).stop();
            assertThat(job.audit().isExactlyOnce()).isTrue();

            job.write(THIRD);
            flink.set(StateRecoveryOptions.SAVEPOINT_PATH, old);
            job.start().hasWritten(120).stop();

            LedgerOracle.Result audit = job.audit();
            assertThat(audit.lost()).isZero();
            assertThat(audit.duplicated()).isEqualTo(40);
            assertThat(audit.brokenSequences())
                    .as("each account goes back once")
                    .isEqualTo(10);
            assertThat(audit.isExactlyOnce()).isFalse();
        }
    }
}
