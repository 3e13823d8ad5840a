package dev.flinkcookbook.exactlyonce;

import static dev.flinkcookbook.exactlyonce.Transfers.transfers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The famous window: the checkpoint says that the entries are written, and Kafka has not yet heard that they are to stay. Who
 * dies here must come back and commit; the input will not be read again.
 */
@ExtendWith(KafkaExtension.class)
class BetweenPreCommitAndCommitIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private static final int EACH = 20;

    private final JobOnKafka job;

    BetweenPreCommitAndCommitIT(KafkaBroker kafka) {
        job = JobOnKafka.withTopics(kafka, flink).withoutCheckpointsOfItsOwn();
    }

    private static LedgerOracle.Result allOf(int transfers) {
        return new LedgerOracle.Result(2L * transfers, 2L * transfers, 0, 0, 0, 0, new BigDecimal("0.00"), 0);
    }

    /** The entries of the second third, which were pre-committed, however often they stand in the topic. */
    private List<String> preCommitted() {
        List<String> second = List.of(transfers(EACH, 2 * EACH)).stream()
                .map(transfer -> "\"" + transfer.id() + "\"")
                .toList();
        return job.uncommitted().stream()
                .filter(entry -> second.stream().anyMatch(entry::contains))
                .toList();
    }

    @Nested
    class ATaskManagerDies {
        /** One third is committed; one third is pre-committed when the TaskManager goes; one third comes afterwards. */
        private RunningJob die(boolean forgetful) throws Exception {
            flink.restarts(10); // the first may still be given a slot of the TaskManager that is going
            Gate gate = Gate.openAt(Gate.Step.BEFORE_THE_COMMIT);
            job.write(transfers(0, EACH));
            RunningJob running = job.startWith(
                            sink -> forgetful ? GatedSink.thatForgets(sink, gate) : new GatedSink(sink, gate))
                    .hasWritten(2 * EACH)
                    .checkpoint()
                    .hasCommitted(2 * EACH);
            job.write(transfers(EACH, 2 * EACH));
            running.hasWritten(4 * EACH);

            gate.close();
            running.beginCheckpoint().get(60, TimeUnit.SECONDS); // complete, so there is no way back
            gate.awaitHeld(2);
            job.hasOpen(2); // one for each subtask
            flink.replaceTaskManager();
            gate.open();

            job.write(transfers(2 * EACH, 3 * EACH));
            return running.hasWritten(6 * EACH);
        }

        @Test
        void theRestoredSinkCommitsWhatItsFormerLifeHasWritten() throws Exception {
            die(false).stop();

            assertThat(job.audit()).isEqualTo(allOf(3 * EACH));
            assertThat(preCommitted()).as("written once, not again").hasSize(2 * EACH);
        }

        /** What the test above would see of a sink that restores everything but the transactions to be committed. */
        @Test
        void controlASinkThatForgetsThemLosesThem() throws Exception {
            die(true).stop();

            // Nobody will ever commit them; the broker aborts them after their timeout.
            job.abort(job.hasOpen(2));
            LedgerOracle.Result audit = job.audit();
            assertThat(audit.lost()).isEqualTo(2 * EACH);
            assertThat(audit.duplicated()).isZero();
            assertThat(audit.brokenSequences())
                    .as("a gap in each of ten accounts")
                    .isEqualTo(10);
            assertThat(audit.isExactlyOnce()).isFalse();
        }
    }

    /**
     * A savepoint that the job does not stop for commits nothing: the next checkpoint does. So whoever is restored from it is
     * in the same window, though nobody has crashed.
     */
    @Nested
    class ASavepointWithoutAStop {
        @ParameterizedTest
        @ValueSource(ints = {1, 3})
        void isCommittedByWhoeverIsRestoredFromItWithAnyParallelism(int parallelism) throws Exception {
            job.write(transfers(0, EACH));
            RunningJob running = job.start().hasWritten(2 * EACH);
            String savepoint = running.savepoint();
            assertThat(running.status()).isEqualTo(JobStatus.RUNNING);
            running.cancel();
            job.hasOpen(2); // what was pre-committed outlives the job

            job.write(transfers(EACH, 2 * EACH));
            flink.set(CoreOptions.DEFAULT_PARALLELISM, parallelism);
            flink.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
            job.start().hasWritten(4 * EACH).stop();

            assertThat(job.audit()).isEqualTo(allOf(2 * EACH));
            assertThat(job.uncommitted()).as("written once, not again").hasSize(4 * EACH);
        }
    }
}
