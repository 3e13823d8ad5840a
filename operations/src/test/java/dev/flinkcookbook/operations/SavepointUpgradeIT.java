package dev.flinkcookbook.operations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.operations.UpgradeOnACluster.Said;
import dev.flinkcookbook.operations.UpgradeOnACluster.Traffic;
import dev.flinkcookbook.testbed.ChildJvm;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.JarRun;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.SessionCluster;
import dev.flinkcookbook.testbed.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.state.KeyGroupsSavepointStateHandle;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The command against a real session cluster, on a job that counts words exactly once while words arrive. */
@ExtendWith(KafkaExtension.class)
class SavepointUpgradeIT {
    private static final Duration PATIENT = Duration.ofSeconds(60);
    private static final Path RECIPE_JAR = Path.of("../exactly-once/target/exactly-once-job.jar");

    private static SessionCluster cluster;
    private static Path jar;

    private final UpgradeOnACluster on;
    private String input;
    private String output;
    private JobID v1;
    private Traffic traffic;
    private String[] savepoints;

    SavepointUpgradeIT(KafkaBroker kafka) {
        on = new UpgradeOnACluster(cluster, kafka);
    }

    @BeforeAll
    static void start(@TempDir Path folder) {
        assertThat(RECIPE_JAR).as("made by ./mvnw package").exists();
        cluster = SessionCluster.builder().start();
        jar = CountingJob.jar(folder, RECIPE_JAR);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void runVersionOne() {
        input = Topics.unique("words");
        output = Topics.unique("counts");
        Topics.create(on.kafka().bootstrapServers(), input, 1);
        Topics.create(on.kafka().bootstrapServers(), output, 1);
        v1 = rest().run(jar, JarRun.with(flags()).parallelism(1));
        rest().awaitRunning(v1, PATIENT);
        traffic = on.traffic(input, 200, CountingJob::word);
        rest().awaitCheckpoint(v1, PATIENT);
        savepoints = cluster.savepoints().toFile().list();
    }

    @AfterEach
    void cancelAll() {
        traffic.stop();
        for (JobID job : running()) {
            rest().cancel(job);
        }
        Awaitility.await().atMost(PATIENT).untilAsserted(() -> {
            // A Kafka writer that was fenced throws while it is closed, and Flink takes that for the end of its
            // TaskManager.
            if (taskManagers() < 2) {
                cluster.startTaskManager();
            }
            assertThat(rest().overview().freeSlots()).isEqualTo(4);
        });
    }

    private static long taskManagers() {
        return cluster.members().stream()
                .filter(member -> member.name().startsWith("taskmanager"))
                .count();
    }

    private static FlinkRest rest() {
        return cluster.rest();
    }

    private static List<JobID> running() {
        return rest().jobs().stream()
                .filter(job -> !job.status().isGloballyTerminalState())
                .map(FlinkRest.Job::id)
                .toList();
    }

    private List<String> flags(String... more) {
        List<String> flags = new ArrayList<>(List.of(
                "--bootstrap-servers",
                on.kafka().bootstrapServers(),
                "--input-topic",
                input,
                "--output-topic",
                output,
                "--group-id",
                output));
        flags.addAll(List.of(more));
        return flags;
    }

    private Said upgrade(List<String> flags, String... ofTheNewVersion) {
        List<String> all = new ArrayList<>(List.of(
                "--strategy",
                "savepoint",
                "--rollback-jar",
                jar.toString(),
                "--rollback-flags",
                String.join(" ", flags())));
        all.addAll(flags);
        return on.upgrade("counting", jar, all, flags(ofTheNewVersion));
    }

    private void assertNothingWasTouched() {
        assertThat(running()).containsExactly(v1);
        assertThat(rest().failures(v1)).isEmpty();
        assertThat(cluster.savepoints().toFile().list()).containsExactlyInAnyOrder(savepoints);
        on.assertNothingLostNorRepeated(output, CountingJob.expected(traffic.stop()));
    }

    @Test
    void replacesAJobUnderLoad() {
        Said said = upgrade(List.of("--watch", "3s", "--parallelism", "2"));

        assertThat(said.exitCode()).as(said.errors()).isZero();
        assertThat(said.last()).startsWith("upgrade=done job=counting new_job=").contains(" savepoint=file:");
        assertThat(said.out()).contains("check=trial not-made: ");
        assertThat(rest().status(v1)).isEqualTo(JobStatus.FINISHED);
        assertThat(running()).hasSize(1);
        assertThat(rest().parallelism(running().get(0))).isEqualTo(2);
        on.assertNothingLostNorRepeated(output, CountingJob.expected(traffic.stop()));
    }

    @Test
    void takesANativeSavepointIfThatIsAskedFor() throws IOException {
        Said said = upgrade(List.of("--watch", "3s", "--format", "native"));

        assertThat(said.exitCode()).as(said.errors()).isZero();
        String savepoint = said.last().replaceFirst(".* savepoint=(\\S+).*", "$1");
        assertThat(Snapshot.read(savepoint).withState().stream()
                        .flatMap(operator -> operator.getStates().stream())
                        .flatMap(subtask -> subtask.getManagedKeyedState().stream()))
                .isNotEmpty()
                .noneMatch(state -> state instanceof KeyGroupsSavepointStateHandle);
        on.assertNothingLostNorRepeated(output, CountingJob.expected(traffic.stop()));
    }

    /** The counts begin anew, as they must: their state had another uid, and nobody took it over. */
    @Test
    void dropsStateIfThatIsAllowed() {
        Said said = upgrade(List.of("--watch", "3s", "--allow-non-restored-state"), "--uid", "other");

        assertThat(said.exitCode()).as(said.errors()).isZero();
        assertThat(said.out()).contains("check=state ok: dropped, as allowed: state of ");
        List<String> expected = CountingJob.expected(traffic.stop());
        List<String> counts = on.values(output, expected.size());
        assertThat(counts).hasSameSizeAs(expected);
        assertThat(new HashSet<>(counts)).hasSizeLessThan(expected.size());
    }

    @Test
    void saysWhatIsToBeDoneWhenItIsInterrupted(@TempDir Path folder) throws Exception {
        try (ChildJvm command = ChildJvm.of(UpgradeCommand.class)
                .arguments("--jobmanager", cluster.restAddress(), "--job", "counting", "--jar", jar.toString())
                .arguments("--savepoint-dir", cluster.savepoints().toUri().toString(), "--strategy", "savepoint")
                .arguments("--rollback-jar", jar.toString(), "--")
                .arguments(flags().toArray(String[]::new))
                .errorsTo(folder.resolve("errors"))
                .start()) {
            command.awaitLine("savepoint=", PATIENT);
            Awaitility.await().atMost(PATIENT).until(() -> !running().isEmpty());

            command.terminate();

            command.awaitExit(PATIENT);
            command.awaitLine("upgrade=needs-a-person job=counting interrupted=true", PATIENT);
            assertThat(Files.readString(folder.resolve("errors")))
                    .containsPattern("interrupted: the old version is stopped, the new one is ")
                    .containsPattern("to do: .*start .*counting-job.jar from file:.*savepoint-");
        }
    }

    @Nested
    class Refuses {
        @Test
        void stateThatWouldBeDropped() {
            Said said = upgrade(List.of(), "--uid", "other");

            assertThat(said.exitCode()).isEqualTo(2);
            assertThat(said.out())
                    .contains("check=state refused: state of ")
                    .contains(" has no operator in the new version (--allow-non-restored-state drops it)");
            assertThat(said.last()).startsWith("upgrade=refused job=counting");
            assertNothingWasTouched();
        }

        @Test
        void anotherMaxParallelism() {
            Said said = upgrade(List.of(), "--max-parallelism", "32");

            assertThat(said.exitCode()).isEqualTo(2);
            assertThat(said.out()).contains("is 16 in the savepoint and 32 in the new version");
            assertNothingWasTouched();
        }
    }

    @Nested
    class ATrial {
        private final String trialTopic = Topics.unique("trial");

        @BeforeEach
        void hasATopic() {
            Topics.create(on.kafka().bootstrapServers(), trialTopic, 1);
        }

        private List<String> trial() {
            return List.of("--watch", "3s", "--trial-flags", "--output-topic " + trialTopic + " --group-id trial");
        }

        @Test
        void findsStateThatCannotBeRead() {
            Said said = upgrade(trial(), "--state", "string");

            assertThat(said.exitCode()).isEqualTo(2);
            assertThat(said.out()).contains("check=state ok: ").containsPattern("check=trial refused: .*incompatible");
            assertNothingWasTouched();
        }

        /** Its main fails on the cluster, by flags that only the trial has. */
        @Test
        void thatDoesNotStartIsARefusal() {
            List<String> trial = new ArrayList<>(trial());
            trial.set(trial.size() - 1, trial.get(trial.size() - 1) + " --max-parallelism many");

            Said said = upgrade(trial);

            assertThat(said.exitCode()).as(said.errors()).isEqualTo(2);
            assertThat(said.out()).containsPattern("check=trial refused: it did not start: .*\"many\"");
            assertThat(said.last()).startsWith("upgrade=refused job=counting");
            assertNothingWasTouched();
        }

        @Test
        void leavesTheRunningJobAndItsTransactionsAlone() {
            Said said = upgrade(trial());

            assertThat(said.exitCode()).as(said.errors()).isZero();
            assertThat(said.out()).contains("check=trial ok: ");
            assertThat(rest().failures(v1)).isEmpty();
            on.assertNothingLostNorRepeated(output, CountingJob.expected(traffic.stop()));
        }
    }

    /** Why a trial leaves out what sinks hold: a sink that is restored is in the way of the one that has written the state. */
    @Test
    void aCopyThatIsRestoredWithTheStateOfTheSinksHarmsTheRunningJob() throws IOException {
        String copies = Topics.unique("copies");
        Topics.create(on.kafka().bootstrapServers(), copies, 1);
        String savepoint = rest().savepoint(v1, SavepointFormatType.CANONICAL);

        JobID copy = rest().run(
                        jar,
                        JarRun.with(JobFlags.replaced(flags(), List.of("--output-topic", copies, "--group-id", copies)))
                                .fromSavepoint(savepoint));
        rest().awaitRunning(copy, PATIENT);

        Awaitility.await()
                .atMost(PATIENT)
                .untilAsserted(() -> assertThat(rest().failures(v1)).isNotEmpty());
        assertThat(linesOfTaskManagers())
                .as("what has happened to the producers of the running job")
                .anyMatch(line -> line.contains("transactionalId=" + output + "-")
                        && line.contains("InvalidProducerEpochException"));
    }

    private static List<String> linesOfTaskManagers() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String name : List.of("taskmanager-1.log", "taskmanager-2.log")) {
            lines.addAll(Files.readAllLines(cluster.logs().resolve(name)));
        }
        return lines;
    }

    @Nested
    class WhenTheNewVersionFails {
        @Test
        void beforeItsFirstCheckpointTheOldOneRunsAgain() {
            Said said = upgrade(List.of(), "--fail", "in-open");

            assertThat(said.exitCode()).as(said.errors()).isEqualTo(1);
            assertThat(said.last())
                    .startsWith("upgrade=rolled-back job=counting")
                    .contains(" repeats=false ");
            assertThat(said.errors()).contains("UnsupportedOperationException: a bug in open");
            assertThat(running()).hasSize(1).doesNotContain(v1);
            on.assertNothingLostNorRepeated(output, CountingJob.expected(traffic.stop()));
        }

        @Test
        void laterItIsAPersonWhoDecides() {
            Said said = upgrade(List.of("--watch", "60s"), "--fail", "after-checkpoint");

            assertThat(said.exitCode()).as(said.errors()).isEqualTo(3);
            assertThat(said.last()).startsWith("upgrade=needs-a-person job=counting new_job=");
            assertThat(said.errors()).contains("a bug that comes late").contains("its output is committed");
            assertThat(said.last()).contains("new_job=" + running().get(0));
        }

        @Test
        void laterTheOldOneRunsAgainIfRepeatsAreAllowed() {
            Said said = upgrade(List.of("--watch", "60s", "--allow-repeats"), "--fail", "after-checkpoint");

            assertThat(said.exitCode()).as(said.errors()).isEqualTo(1);
            assertThat(said.last())
                    .startsWith("upgrade=rolled-back job=counting")
                    .contains(" repeats=true ");
            List<String> expected = CountingJob.expected(traffic.stop());
            Awaitility.await()
                    .atMost(PATIENT)
                    .untilAsserted(() -> assertThat(new HashSet<>(on.values(output, expected.size())))
                            .containsAll(expected));
            Map<String, Long> times = on.values(output, expected.size()).stream()
                    .collect(Collectors.groupingBy(value -> value, Collectors.counting()));
            assertThat(times).hasSize(expected.size());
            assertThat(times.values().stream().filter(count -> count == 2).count())
                    .as("what the new version had committed, and the old one made again")
                    .isPositive();
            assertThat(times.values()).allMatch(count -> count <= 2);
        }
    }
}
