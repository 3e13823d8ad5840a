package dev.flinkcookbook.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

class FlinkExtensionTest {
    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension().set(PipelineOptions.NAME, "set for the class");

    private static final long ENDLESS = Long.MAX_VALUE;
    private static final Queue<Long> SEEN = new ConcurrentLinkedQueue<>();
    private static final AtomicInteger FAILURES_LEFT = new AtomicInteger();

    @BeforeEach
    void forget() {
        SEEN.clear();
        FAILURES_LEFT.set(0);
    }

    /** As a recipe's job would be: it knows nothing of tests. */
    static final class NumbersJob {
        public static void main(String[] args) throws Exception {
            numbers(Long.parseLong(args[0])).execute("numbers");
        }
    }

    private static StreamExecutionEnvironment numbers(long count) {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromSource(
                        new DataGeneratorSource<>(
                                number -> number, count, RateLimiterStrategy.perSecond(500), Types.LONG),
                        WatermarkStrategy.noWatermarks(),
                        "numbers")
                .uid("numbers")
                .map(FlinkExtensionTest::see)
                .returns(Types.LONG)
                .uid("see")
                .sinkTo(new DiscardingSink<>())
                .uid("end");
        return env;
    }

    private static Long see(Long number) {
        if (FAILURES_LEFT.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new IllegalStateException("a bug");
        }
        SEEN.add(number);
        return number;
    }

    private static List<Long> upTo(long count) {
        return LongStream.range(0, count).boxed().toList();
    }

    @Nested
    class AJobsOwnMain {
        @Test
        void runsOnTheCluster() throws Exception {
            NumbersJob.main(new String[] {"100"});

            assertThat(SEEN).containsExactlyInAnyOrderElementsOf(upTo(100));
            assertThat(flink.client().listJobs().get())
                    .extracting(JobStatusMessage::getJobName)
                    .contains("numbers");
        }

        @Test
        void runsOnTheClusterFromAnotherThreadToo() throws Exception {
            int before = flink.client().listJobs().get().size();
            CompletableFuture.runAsync(() -> {
                        try {
                            NumbersJob.main(new String[] {"10"});
                        } catch (Exception e) {
                            throw new AssertionError(e);
                        }
                    })
                    .join();

            assertThat(SEEN).hasSize(10);
            assertThat(flink.client().listJobs().get()).hasSize(before + 1);
        }

        @Test
        void failsAtOnceWithoutRestarts() {
            FAILURES_LEFT.set(1);
            assertThatThrownBy(() -> NumbersJob.main(new String[] {"10"})).hasRootCauseMessage("a bug");
        }

        @Test
        void restartsAsOftenAsTheTestAllows() throws Exception {
            FAILURES_LEFT.set(2);
            flink.restarts(2);
            NumbersJob.main(new String[] {"10"});
            assertThat(SEEN).containsAll(upTo(10));
        }

        @Test
        void goesOnWhenItsTaskManagerIsLost() throws Exception {
            flink.restarts(10); // the first may still be given a slot of the TaskManager that is going
            JobClient job = numbers(ENDLESS).executeAsync("on two TaskManagers");
            Awaitility.await().until(() -> SEEN.size() > 50);

            flink.replaceTaskManager();
            int before = SEEN.size();
            Awaitility.await().until(() -> SEEN.size() > before + 50);

            assertThat(job.getJobStatus().get()).isEqualTo(JobStatus.RUNNING);
        }

        @Test
        void goesOnFromASavepoint() throws Exception {
            JobClient first = numbers(ENDLESS).executeAsync("first");
            Awaitility.await().until(() -> SEEN.size() > 50);
            String savepoint = first.stopWithSavepoint(false, null, SavepointFormatType.CANONICAL)
                    .get();
            List<Long> before = List.copyOf(SEEN);

            flink.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
            numbers(ENDLESS).executeAsync("second");
            Awaitility.await().until(() -> SEEN.size() > before.size() + 50);

            assertThat(SEEN).as("each number once, over both jobs").doesNotHaveDuplicates();
        }
    }

    @Nested
    class TheStrictSettings {
        @Test
        void refuseAnOperatorWithoutUid() {
            StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
            env.fromSequence(1, 2).sinkTo(new DiscardingSink<>());
            assertThatThrownBy(() -> env.execute()).hasMessageContaining("Auto generated UIDs have been disabled");
        }

        @Test
        void refuseKryo() {
            StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
            assertThatThrownBy(() -> env.fromSource(
                                    new DataGeneratorSource<>(Object.class::cast, 1, Types.GENERIC(Object.class)),
                                    WatermarkStrategy.noWatermarks(),
                                    "objects")
                            .uid("objects")
                            .sinkTo(new DiscardingSink<>())
                            .uid("end")
                            .getTransformation()
                            .getOutputType()
                            .createSerializer(env.getConfig().getSerializerConfig()))
                    .hasMessageContaining("Generic types have been disabled");
        }
    }

    @Nested
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    class BetweenTests {
        @Test
        @Order(1)
        void aTestMayLeaveItsJobRunning() throws Exception {
            flink.restarts(7);
            JobClient job = numbers(ENDLESS).executeAsync("left over");
            Awaitility.await().until(() -> job.getJobStatus().get() == JobStatus.RUNNING);
        }

        @Test
        @Order(2)
        void theNextOneFindsNothingOfIt() throws Exception {
            assertThat(flink.client().listJobs().get())
                    .filteredOn(job -> job.getJobName().equals("left over"))
                    .extracting(JobStatusMessage::getJobState)
                    .containsExactly(JobStatus.CANCELED);

            FAILURES_LEFT.set(1);
            assertThatThrownBy(() -> NumbersJob.main(new String[] {"10"})).hasRootCauseMessage("a bug");
        }

        @Test
        @Order(3)
        void whatIsSetForTheClassStays() {
            assertThat(StreamExecutionEnvironment.getExecutionEnvironment()
                            .getConfiguration()
                            .get(PipelineOptions.NAME))
                    .isEqualTo("set for the class");
        }
    }
}
