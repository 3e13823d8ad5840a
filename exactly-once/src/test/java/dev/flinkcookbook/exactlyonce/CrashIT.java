package dev.flinkcookbook.exactlyonce;

import static dev.flinkcookbook.exactlyonce.Transfers.transfers;
import static dev.flinkcookbook.exactlyonce.Transfers.unbookable;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.math.BigDecimal;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The job is killed and comes back, by itself or by hand; what it meant to book is booked once. */
@ExtendWith(KafkaExtension.class)
class CrashIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private final KafkaBroker kafka;

    CrashIT(KafkaBroker kafka) {
        this.kafka = kafka;
    }

    private static void assertEachIsBookedOnce(int transfers, int unbookable, LedgerOracle.Result audit) {
        assertThat(audit)
                .isEqualTo(new LedgerOracle.Result(
                        2L * transfers, 2L * transfers, 0, 0, 0, 0, new BigDecimal("0.00"), unbookable));
        assertThat(audit.isExactlyOnce()).isTrue();
    }

    /** The moment is exact: checkpoints are taken by the test alone, and both subtasks of the sink are held there. */
    @Nested
    class AtEachStepOfTheTwoPhaseCommit {
        @ParameterizedTest
        @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BEFORE_THE_COMMIT") // BetweenPreCommitAndCommitIT
        void eachTransferIsBookedOnce(Gate.Step step) throws Exception {
            flink.restarts(10); // the first may still be given a slot of the TaskManager that is going
            Gate gate = Gate.openAt(step);
            JobOnKafka job = JobOnKafka.withTopics(kafka, flink)
                    .withoutCheckpointsOfItsOwn()
                    .write(unbookable(0, 4))
                    .write(transfers(0, 20));
            RunningJob running = job.startWith(sink -> new GatedSink(sink, gate))
                    .hasWritten(40)
                    .checkpoint()
                    .hasCommitted(40);
            job.write(unbookable(4, 8)).write(transfers(20, 40));
            running.hasWritten(80);

            gate.close();
            running.beginCheckpoint();
            gate.awaitHeld(2);
            flink.replaceTaskManager();
            gate.open();

            job.write(unbookable(8, 12)).write(transfers(40, 60));
            running.hasWritten(120).stop();
            assertEachIsBookedOnce(60, 12, job.audit());
        }
    }

    @Nested
    class WhileTheJobIsAtWork {
        private static final int TRANSFERS = 3_000;

        /** Wherever the job happens to be, with a checkpoint every 100 ms, three times in a row. */
        @Test
        void eachTransferIsBookedOnce() throws Exception {
            flink.restarts(30);
            JobOnKafka job = JobOnKafka.withTopics(kafka, flink).write(transfers(0, 100));
            RunningJob running = job.start().hasCommitted(200);

            for (int sent = 100; sent < TRANSFERS; sent += TRANSFERS / 3) {
                job.write(unbookable(sent, sent + 10));
                job.write(transfers(sent, Math.min(sent + TRANSFERS / 3, TRANSFERS)));
                running.hasWritten(2 * sent + 2);
                flink.replaceTaskManager();
            }

            // All may have been committed before the last kill; only a job that is back can be stopped.
            running.hasCommitted(2 * TRANSFERS).checkpoint().stop();
            assertEachIsBookedOnce(TRANSFERS, 30, job.audit());
        }
    }

    @Nested
    class AfterAStopWithASavepoint {
        @ParameterizedTest
        @ValueSource(ints = {1, 3})
        void balancesGoOnWithAnotherParallelism(int parallelism) throws Exception {
            JobOnKafka job =
                    JobOnKafka.withTopics(kafka, flink).write(unbookable(0, 4)).write(transfers(0, 20));
            String savepoint = job.start().hasWritten(40).stop();
            job.write(unbookable(4, 8)).write(transfers(20, 40));

            flink.set(CoreOptions.DEFAULT_PARALLELISM, parallelism);
            flink.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
            job.start().hasWritten(80).stop();

            assertEachIsBookedOnce(40, 8, job.audit());
        }
    }
}
