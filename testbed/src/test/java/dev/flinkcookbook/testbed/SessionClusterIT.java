package dev.flinkcookbook.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.SavepointFormatType;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One highly available cluster for all tests; each finds it whole and without a running job. */
class SessionClusterIT {
    private static final Duration PATIENT = Duration.ofSeconds(60);

    private static SessionCluster cluster;
    private static String jar;

    /** Starts a small cluster and waits to be killed. */
    static final class Owner {
        public static void main(String[] args) throws InterruptedException {
            SessionCluster cluster =
                    SessionCluster.builder().taskManagers(1).slots(1).start();
            System.out.println("folder " + cluster.folder());
            cluster.members().forEach(member -> System.out.println("pid " + member.pid()));
            System.out.println("ready");
            new CountDownLatch(1).await();
        }
    }

    @BeforeAll
    static void start(@TempDir Path folder) {
        cluster = SessionCluster.builder()
                .highlyAvailable()
                .environment("KAFKA_BOOTSTRAP_SERVERS", "localhost:1")
                .start();
        jar = cluster.rest().upload(TickingJob.jar(folder));
    }

    @AfterAll
    static void leavesNothingBehind() {
        List<SessionCluster.Member> members = cluster.members();
        cluster.close();
        assertThat(members).isNotEmpty().noneMatch(member -> isRunning(member.pid()));
        assertThat(cluster.folder()).doesNotExist();
    }

    @BeforeEach
    void isWhole() {
        cluster.startJobManager();
        while (cluster.members().stream()
                        .filter(member -> member.name().startsWith("taskmanager"))
                        .count()
                < 2) {
            cluster.startTaskManager();
        }
        cluster.rest().awaitTaskManagers(2, PATIENT);
        cluster.rest().jobs().stream()
                .filter(job -> !job.status().isGloballyTerminalState())
                .forEach(job -> cluster.rest().cancel(job.id()));
        // A slot is free a moment after its job has ended.
        Awaitility.await()
                .atMost(PATIENT)
                .untilAsserted(() -> assertThat(rest().overview()).isEqualTo(new FlinkRest.Overview(2, 4, 4)));
    }

    private static boolean isRunning(long pid) {
        return ProcessHandle.of(pid).isPresent();
    }

    private static FlinkRest rest() {
        return cluster.rest();
    }

    /** A job that has something to lose, on every TaskManager. */
    private static JobID running(JarRun how) {
        JobID job = rest().run(jar, how.parallelism(4));
        rest().awaitRunning(job, PATIENT);
        rest().awaitCheckpoint(job, PATIENT);
        return job;
    }

    private static void awaitRestarts(JobID job, long count) {
        Awaitility.await()
                .atMost(PATIENT)
                .untilAsserted(() -> assertThat(rest().restarts(job)).isEqualTo(count));
        rest().awaitRunning(job, PATIENT);
        rest().awaitCheckpoint(job, PATIENT);
    }

    @Test
    void knowsAJobOnlyFromItsJar() {
        assertThatThrownBy(() -> rest().run(jar, JarRun.with("class-path")))
                .message()
                .contains("flink-runtime")
                .doesNotContain("test-classes", "kafka", "junit");
        assertThat(rest().overview()).isEqualTo(new FlinkRest.Overview(2, 4, 4));
    }

    @Test
    void givesItsProcessesTheEnvironment() {
        assertThatThrownBy(() -> rest().run(jar, JarRun.with("environment"))).hasMessage("KAFKA is at localhost:1");
    }

    @Test
    void listensOnTheLoopbackAddressOnly() {
        assertThat(cluster.restAddress()).startsWith("http://localhost:");
        cluster.members()
                .forEach(member -> assertThat(ListeningSockets.of(member.pid()))
                        .as("sockets on which %s listens", member)
                        .allMatch(ListeningSockets::isLoopback));
    }

    @Test
    void knowsOnWhichTaskManagersAJobIs() {
        JobID job = rest().run(jar, JarRun.with().parallelism(1));
        rest().awaitRunning(job, PATIENT);
        assertThat(cluster.taskManagers(job)).hasSize(1).isSubsetOf(0, 1);
        rest().cancel(job);

        assertThat(cluster.taskManagers(running(JarRun.with()))).contains(0, 1);
    }

    @Nested
    class AJobSurvives {
        @Test
        void theDeathOfATaskManagerWithOneRestart() {
            JobID job = running(JarRun.with());
            long newest = rest().checkpoints(job).latestCompleted().getAsLong();

            cluster.replaceTaskManager(0);

            awaitRestarts(job, 1);
            assertThat(rest().checkpoints(job).latestRestored().getAsLong()).isGreaterThanOrEqualTo(newest);
            assertThat(rest().failures(job)).isNotEmpty();
            assertThat(rest().metric(job, "count", "numRecordsIn").getAsDouble())
                    .isPositive();
        }

        @Test
        void theFailureOfATask() {
            JobID job = running(JarRun.with());

            String task = cluster.failTask("count");

            assertThat(task).contains("count");
            awaitRestarts(job, 1);
            assertThat(rest().failures(job))
                    .singleElement()
                    .satisfies(failure -> assertThat(failure.line()).startsWith("InterruptedException"))
                    .satisfies(
                            failure -> assertThat(failure.task().orElseThrow()).contains("count"));
        }

        @Test
        void aTaskManagerThatStops() {
            JobID job = running(JarRun.with());
            cluster.startTaskManager(); // Whose slots the job can have when those of another one are silent.
            rest().awaitTaskManagers(3, PATIENT);

            cluster.pauseTaskManager(0);
            rest().awaitTaskManagers(2, PATIENT);
            awaitRestarts(job, 1);
            cluster.resumeTaskManager(0);

            rest().awaitTaskManagers(3, PATIENT);
            cluster.killTaskManager(2);
            rest().awaitTaskManagers(2, PATIENT);
        }

        @Test
        void theDeathOfTheLeadingJobManager() {
            JobID job = running(JarRun.with());
            long newest = rest().checkpoints(job).latestCompleted().getAsLong();

            int place = cluster.killLeadingJobManager();

            rest().awaitRunning(job, PATIENT);
            rest().awaitCheckpoint(job, PATIENT);
            assertThat(rest().checkpoints(job).latestRestored().getAsLong()).isGreaterThanOrEqualTo(newest);
            cluster.startJobManager();
            assertThat(cluster.killLeadingJobManager())
                    .as("the one that took over")
                    .isNotEqualTo(place);
            rest().awaitRunning(job, PATIENT);
        }

        @Test
        void aStopWithSavepoint() {
            JobID job = running(JarRun.with());

            String savepoint = rest().stopWithSavepoint(job, false, SavepointFormatType.CANONICAL);

            assertThat(rest().status(job)).isEqualTo(JobStatus.FINISHED);
            assertThat(Path.of(URI.create(savepoint))).startsWith(cluster.savepoints());
            JobID resumed = running(JarRun.with().fromSavepoint(savepoint));
            assertThat(rest().checkpoints(resumed).restoredFrom()).contains(savepoint);
        }
    }

    @Test
    void saysThatThereIsNoTaskToFail() {
        assertThatThrownBy(() -> cluster.failTask(0, "soup"))
                .hasMessage("TaskManager 0 runs no task whose name contains 'soup'");
        assertThatThrownBy(() -> cluster.killTaskManager(7)).hasMessage("TaskManager 7 is not running");
    }

    @Test
    void leavesNothingBehindWhenItsOwnerIsKilled(@TempDir Path temporary, @TempDir Path logs) {
        try (ChildJvm owner = ChildJvm.of(Owner.class)
                .heap("128m")
                .property("java.io.tmpdir", temporary.toString())
                .errorsTo(logs.resolve("errors"))
                .start()) {
            owner.awaitLine("ready", PATIENT);
            List<Long> pids = owner.output().stream()
                    .filter(line -> line.startsWith("pid "))
                    .map(line -> Long.valueOf(line.substring("pid ".length())))
                    .toList();
            assertThat(pids).hasSize(2).allMatch(SessionClusterIT::isRunning);
            assertThat(temporary).isNotEmptyDirectory();

            owner.kill();

            Awaitility.await().until(() -> pids.stream().noneMatch(SessionClusterIT::isRunning));
            Awaitility.await().untilAsserted(() -> assertThat(temporary).isEmptyDirectory());
        }
    }
}
