package dev.flinkcookbook.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** {@code cluster up}, what can be done with it, and {@code cluster down}, as a user types them. */
class ClusterCommandIT {
    private static final String ROOT = "cookbook.root";
    private static final String TEMPORARY = "java.io.tmpdir";
    private static final String TEMPORARY_BEFORE = System.getProperty(TEMPORARY);

    @TempDir
    static Path root;

    @TempDir
    static Path temporary;

    private static Path jar;
    private static Answer up;

    /** What a command has said, and how it ended. */
    private record Answer(int exitCode, List<String> output, List<String> errors) {
        static Answer to(CommandLine command, String... args) {
            StringWriter output = new StringWriter();
            StringWriter errors = new StringWriter();
            command.setOut(new PrintWriter(output, true));
            command.setErr(new PrintWriter(errors, true));
            int exitCode = command.getCommand() instanceof SubmitCommand
                    ? SubmitCommand.run(command, args)
                    : command.execute(args);
            return new Answer(
                    exitCode,
                    output.toString().lines().toList(),
                    errors.toString().lines().toList());
        }
    }

    private static Answer cluster(String... args) {
        return Answer.to(ClusterCommand.commandLine(), args);
    }

    private static Answer submit(String... args) {
        return Answer.to(SubmitCommand.commandLine(TickingJob.class.getName(), jar), args);
    }

    @BeforeAll
    static void up() {
        System.setProperty(ROOT, root.toString());
        System.setProperty(TEMPORARY, temporary.toString());
        jar = TickingJob.jar(root);
        up = cluster("up", "--port", "0", "--kafka-port", "0", "--task-managers", "1");
    }

    @AfterAll
    static void downEndsAllAndLeavesNothingBehind() {
        List<ClusterState.RecordedProcess> processes = state().processes();
        Answer down = cluster("down");
        System.clearProperty(ROOT);
        System.setProperty(TEMPORARY, TEMPORARY_BEFORE);
        assertThat(down.exitCode()).isZero();
        assertThat(down.output()).containsExactly("down");
        assertThat(processes)
                .hasSize(4)
                .noneMatch(process -> ProcessHandle.of(process.pid()).isPresent());
        assertThat(temporary).isEmptyDirectory();
        assertThat(ClusterState.read(root.resolve("target/cluster"))).isEmpty();
    }

    private static ClusterState state() {
        return ClusterState.read(ClusterState.folder()).orElseThrow();
    }

    @Test
    void upSaysWhereEverythingIs() {
        assertThat(up.exitCode()).as(up.toString()).isZero();
        assertThat(up.output())
                .singleElement()
                .asString()
                .matches("ready jobmanager=http://localhost:\\d+ bootstrap=localhost:\\d+");
        Topics.create(state().bootstrap(), "payments", 1);
        assertThat(new FlinkRest(state().jobManager()).overview()).isEqualTo(new FlinkRest.Overview(1, 2, 2));
    }

    @Test
    void aSecondUpIsRefused() {
        Answer second = cluster("up");
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.errors())
                .singleElement()
                .asString()
                .contains(
                        "it runs already at " + state().jobManager(),
                        "(pid " + state().daemon().pid() + ")",
                        "cluster down");
    }

    @Test
    void statusHasALineForEachProcessAndEachJob() {
        JobID job = new FlinkRest(state().jobManager()).run(jar, JarRun.with());

        Answer status = cluster("status");

        assertThat(status.exitCode()).isZero();
        assertThat(status.output())
                .contains("jobmanager=" + state().jobManager() + " bootstrap=" + state().bootstrap())
                .anyMatch(line -> line.matches("process=daemon pid=\\d+ state=running"))
                .anyMatch(line -> line.matches("process=kafka pid=\\d+ state=running"))
                .anyMatch(line -> line.matches("process=jobmanager-1 pid=\\d+ state=running"))
                .anyMatch(line -> line.matches("process=taskmanager-1 pid=\\d+ state=running"))
                .anyMatch(line -> line.startsWith("job=" + job) && line.endsWith("name=ticking"));
        new FlinkRest(state().jobManager()).cancel(job);
    }

    @Nested
    class Submit {
        @Test
        void runsTheJarAndSaysWhere() {
            Answer submitted = submit("--parallelism", "2");

            assertThat(submitted.exitCode()).as(submitted.toString()).isZero();
            String line = submitted.output().get(0);
            assertThat(line).startsWith("submitted job=");
            JobID job = JobID.fromHexString(line.split("[ =]")[2]);
            assertThat(line).endsWith(" web=" + state().jobManager() + "/#/job/running/" + job + "/overview");
            FlinkRest rest = new FlinkRest(state().jobManager());
            assertThat(rest.vertices(job)).allMatch(vertex -> vertex.parallelism() == 2);
            rest.cancel(job);
        }

        @Test
        void findsKafkaByTheEnvironmentOfTheCluster() {
            Answer refused = submit("environment");
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.errors()).containsExactly("KAFKA is at " + state().bootstrap());
        }

        @Test
        void checksTheFlagsBeforeItSendsAnything() {
            Answer refused = submit("--jobmanager", "http://localhost:1", "--rate", "x");
            assertThat(refused.exitCode()).isEqualTo(2);
            assertThat(refused.errors()).containsExactly("--rate: got 'x', expected a whole number");
        }

        @Test
        void passesOnWhatTheJobSaysThere() {
            Answer refused = submit("no-topic");
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.errors()).containsExactly("topic orders does not exist");
            assertThat(new FlinkRest(state().jobManager()).jobs()).noneMatch(job -> job.status() == JobStatus.RUNNING);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                        --jobmanager=http://localhost:1 | 1 | no JobManager answers at http://localhost:1;
                        --jobmanager=localhost:8081     | 2 | --jobmanager: got 'localhost:8081', expected an address
                        --parallelism=none              | 2 | --parallelism: got 'none', expected a number from 1 to 1000
                        --parallelism                   | 2 | --parallelism: got no value, expected N
                        --from-savepoint=/nowhere       | 1 | '/nowhere'
                        """)
        void answersAWrongCallInOneLine(String argument, int exitCode, String line) {
            Answer refused = submit(argument);
            assertThat(refused.exitCode()).isEqualTo(exitCode);
            assertThat(refused.errors()).singleElement().asString().contains(line);
        }

        @Test
        void helpNamesItsFlags() {
            Answer help = submit("--help");
            assertThat(help.exitCode()).isZero();
            assertThat(String.join("\n", help.output())).contains("--jobmanager", "--parallelism", "--from-savepoint");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    up --port=x           | --port: got 'x', expected a port from 0 to 65535
                    up --kafka-port=70000 | --kafka-port: got '70000', expected a port from 0 to 65535
                    up --task-managers=0  | --task-managers: got '0', expected a number from 1 to 1000
                    up --soup             | --soup: unknown, expected up, status or down; each has --help
                    down now              | now: unknown, expected up, status or down; each has --help
                    soup                  | soup: unknown, expected up, status or down; each has --help
                    --soup                | --soup: unknown, expected up, status or down; each has --help
                    """)
    void aWrongCallIsOneLine(String call, String line) {
        assertThat(cluster(call.split(" "))).isEqualTo(new Answer(2, List.of(), List.of(line)));
    }

    @Test
    void noSubcommandIsAWrongCallToo() {
        assertThat(cluster())
                .isEqualTo(
                        new Answer(2, List.of(), List.of("cluster: got no subcommand, expected up, status or down")));
    }

    @Test
    void helpNamesEachFlagWithItsDefault() {
        assertThat(cluster("up", "--help").output())
                .asString()
                .contains("--port=N", "(default: 8081)", "--kafka-port=N", "(default: 9092)", "--task-managers=N");
        assertThat(cluster("--help").output()).asString().contains("up", "status", "down");
    }

    @Nested
    class WhereNoneRuns {
        @Test
        void statusSaysSoAndDownHasNothingToDo(@TempDir Path elsewhere) {
            System.setProperty(ROOT, elsewhere.toString());
            try {
                assertThat(cluster("status"))
                        .isEqualTo(new Answer(
                                1,
                                List.of(),
                                List.of("cookbook cluster: none is running; ./cookbook cluster up starts one")));
                assertThat(cluster("down"))
                        .isEqualTo(new Answer(0, List.of(), List.of("cookbook cluster: none is running")));
            } finally {
                System.setProperty(ROOT, root.toString());
            }
        }

        @Test
        void upSaysThatAPortIsTaken(@TempDir Path elsewhere) throws IOException {
            System.setProperty(ROOT, elsewhere.toString());
            try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
                Answer refused = cluster("up", "--kafka-port", Integer.toString(taken.getLocalPort()), "--port", "0");
                assertThat(refused)
                        .isEqualTo(new Answer(
                                1,
                                List.of(),
                                List.of("cookbook cluster: port " + taken.getLocalPort() + " is in use")));
            } finally {
                System.setProperty(ROOT, root.toString());
            }
        }

        @Test
        void nothingIsLeftOfOneThatWasKilled(@TempDir Path elsewhere, @TempDir Path itsTemporary) {
            System.setProperty(ROOT, elsewhere.toString());
            System.setProperty(TEMPORARY, itsTemporary.toString());
            try {
                Answer second = cluster("up", "--port", "0", "--kafka-port", "0", "--task-managers", "1");
                assertThat(second.exitCode()).as(second.toString()).isZero();
                ClusterState state = state();

                state.daemon().running().orElseThrow().destroyForcibly();

                Awaitility.await()
                        .until(() -> state.processes().stream()
                                .noneMatch(process ->
                                        ProcessHandle.of(process.pid()).isPresent()));
                Awaitility.await().untilAsserted(() -> assertThat(itsTemporary).isEmptyDirectory());
                Awaitility.await()
                        .until(() -> ClusterState.read(ClusterState.folder()).isEmpty());
                assertThat(cluster("status").exitCode()).isEqualTo(1);
            } finally {
                System.setProperty(ROOT, root.toString());
                System.setProperty(TEMPORARY, temporary.toString());
            }
        }
    }
}
