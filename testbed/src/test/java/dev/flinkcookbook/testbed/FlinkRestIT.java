package dev.flinkcookbook.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlinkRestIT {
    private static final Duration PATIENT = Duration.ofSeconds(60);

    @TempDir
    static Path folder;

    private static InProcessFlink flink;
    private static FlinkRest rest;
    private static String jar;

    @BeforeAll
    static void start() {
        Configuration options = new Configuration();
        options.set(MetricOptions.METRIC_FETCHER_UPDATE_INTERVAL, Duration.ofMillis(100));
        options.set(CheckpointingOptions.SAVEPOINT_DIRECTORY, folder.toUri().toString());
        flink = InProcessFlink.started(options);
        rest = new FlinkRest(flink.webInterface());
        rest.awaitTaskManagers(1, PATIENT);
        jar = rest.upload(TickingJob.jar(folder));
    }

    @AfterAll
    static void stop() {
        flink.close();
    }

    @AfterEach
    void cancel() {
        flink.cancelJobs();
    }

    private static JobID start(JarRun how) {
        JobID job = rest.run(jar, how.option("execution.checkpointing.interval", "100 ms"));
        rest.awaitRunning(job, PATIENT);
        return job;
    }

    @Test
    void knowsTheJobAndItsSteps() {
        JobID job = start(JarRun.with().parallelism(2).mainClass(TickingJob.class.getName()));

        assertThat(rest.jobs()).contains(new FlinkRest.Job(job, "ticking", JobStatus.RUNNING));
        assertThat(rest.vertices(job))
                .extracting(FlinkRest.Vertex::parallelism, FlinkRest.Vertex::running)
                .containsExactly(tuple(2, true), tuple(2, true));
        assertThat(rest.overview()).isEqualTo(new FlinkRest.Overview(1, 4, 2));
        Awaitility.await().until(() -> rest.metric(job, "count", "numRecordsIn").orElse(0) > 0);
        assertThatThrownBy(() -> rest.metric(job, "soup", "numRecordsIn")).hasMessageContaining("'soup'");

        rest.cancel(job);
        assertThat(rest.status(job)).isEqualTo(JobStatus.CANCELED);
        assertThatThrownBy(() -> rest.awaitRunning(job, PATIENT)).hasMessage("job " + job + " is CANCELED");
    }

    @Test
    void rescalesAJobOfTheAdaptiveScheduler() {
        Configuration options = new Configuration();
        options.set(JobManagerOptions.SCHEDULER, JobManagerOptions.SchedulerType.Adaptive);
        options.set(JobManagerOptions.SCHEDULER_EXECUTING_COOLDOWN_AFTER_RESCALING, Duration.ZERO);
        options.set(JobManagerOptions.SCHEDULER_EXECUTING_RESOURCE_STABILIZATION_TIMEOUT, Duration.ZERO);
        try (InProcessFlink adaptive = InProcessFlink.started(options)) {
            FlinkRest rest = new FlinkRest(adaptive.webInterface());
            rest.awaitTaskManagers(1, PATIENT);
            JobID job = rest.run(TickingJob.jar(folder), JarRun.with().parallelism(1));
            rest.awaitRunning(job, PATIENT);

            rest.rescale(job, 3);

            Awaitility.await()
                    .atMost(PATIENT)
                    .until(() -> rest.vertices(job).stream().allMatch(vertex -> vertex.parallelism() == 3));
            rest.awaitRunning(job, PATIENT);
        }
    }

    @Nested
    class Savepoints {
        @Test
        void areTakenInEitherFormatAndResumed() {
            JobID job = start(JarRun.with().parallelism(2));
            rest.awaitCheckpoint(job, PATIENT);

            assertThat(rest.savepoint(job, SavepointFormatType.CANONICAL)).startsWith("file:");
            assertThat(rest.status(job)).isEqualTo(JobStatus.RUNNING);
            String path = rest.stopWithSavepoint(job, true, SavepointFormatType.NATIVE);
            assertThat(rest.status(job)).isEqualTo(JobStatus.FINISHED);

            JobID resumed = start(JarRun.with(List.of())
                    .parallelism(1)
                    .fromSavepoint(path)
                    .allowNonRestoredState()
                    .claimMode(RecoveryClaimMode.NO_CLAIM));
            assertThat(rest.checkpoints(resumed).restoredFrom()).contains(path);
        }
    }

    @Nested
    class ARefusal {
        @Test
        void ofAWrongFlagIsItsLine() {
            assertThatThrownBy(() -> rest.run(jar, JarRun.with("wrong-flag")))
                    .hasMessage("--rate: got 'x', expected a whole number")
                    .isInstanceOfSatisfying(FlinkRestException.class, refused -> {
                        assertThat(refused.statusCode()).isGreaterThanOrEqualTo(400);
                        assertThat(refused.isUnreachable()).isFalse();
                        assertThat(refused.details()).contains("\tat ");
                    });
            assertThat(rest.overview().taskManagers()).isEqualTo(1);
        }

        @Test
        void ofAMainThatFailsIsWhatItSays() {
            assertThatThrownBy(() -> rest.run(jar, JarRun.with("no-topic"))).hasMessage("topic orders does not exist");
        }

        @Test
        void ofAFileThatIsNoJarIsOneLine() throws Exception {
            Path text = Files.writeString(folder.resolve("notes.jar"), "no jar");
            String id = rest.upload(text);
            assertThatThrownBy(() -> rest.run(id, JarRun.with()))
                    .isInstanceOf(FlinkRestException.class)
                    .message()
                    .doesNotContain("\n");
        }

        @Test
        void ofAnUnknownJobSaysSo() {
            JobID unknown = new JobID();
            assertThatThrownBy(() -> rest.status(unknown))
                    .isInstanceOf(FlinkRestException.class)
                    .hasMessageContaining(unknown.toString());
        }

        @Test
        void comesFromNobodyWhereNobodyListens() {
            int port = LoopbackPort.free();
            assertThatThrownBy(() -> new FlinkRest("http://localhost:" + port).overview())
                    .hasMessage("no JobManager answers at http://localhost:" + port)
                    .isInstanceOfSatisfying(
                            FlinkRestException.class,
                            refused -> assertThat(refused.isUnreachable()).isTrue());
        }
    }
}
