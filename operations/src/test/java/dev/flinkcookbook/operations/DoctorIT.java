package dev.flinkcookbook.operations;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.flinkcookbook.testbed.ChildProcessKafka;
import dev.flinkcookbook.testbed.FlinkHttp;
import dev.flinkcookbook.testbed.JarRun;
import dev.flinkcookbook.testbed.SessionCluster;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.flink.api.common.JobID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * A real session cluster with the plugin in place and a real job on it, harmed in one way after another: what the doctor says
 * is what an administrator sees.
 */
class DoctorIT {

    private static final Path JOB = Path.of("../failing-well/target/failing-well-job.jar");
    private static final Path PLUGIN = Path.of("../failure-labels/target/failure-labels.jar");

    private static final Pattern FINDING = Pattern.compile("`(finding=[^`]+)`");

    @TempDir
    static Path folder;

    private static SessionCluster flink;
    private static ChildProcessKafka kafka;
    private static HttpServer service;
    private static volatile int answer;

    private final List<JobID> jobs = new ArrayList<>();
    private final Map<String, String> options = new HashMap<>();
    private final String input = Topics.unique("payments");

    @BeforeAll
    static void start() throws IOException {
        assertThat(List.of(JOB, PLUGIN))
                .as("made by ./mvnw package")
                .allSatisfy(jar -> assertThat(jar).exists());
        Path plugins = Files.createDirectories(folder.resolve("plugins/failure-labels"));
        Files.copy(PLUGIN, plugins.resolve("failure-labels.jar"));
        kafka = ChildProcessKafka.started();
        flink = SessionCluster.builder()
                .taskManagers(1)
                .slots(1)
                .environment("FLINK_PLUGINS_DIR", plugins.getParent().toString())
                .option("jobmanager.failure-enrichers", "dev.flinkcookbook.failurelabels.LabelFailures")
                .option("execution.checkpointing.dir", storage().toUri().toString())
                .start();
        service = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
        service.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                byte[] body = "{\"verdict\":\"clear\"}".getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(answer, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        service.start();
    }

    private static Path storage() {
        return folder.resolve("checkpoints");
    }

    @AfterAll
    static void stop() {
        service.stop(0);
        flink.close();
        kafka.close();
    }

    @AfterEach
    void endTheJobs() {
        kafka.start();
        jobs.forEach(flink.rest()::cancel);
    }

    private record Doctor(int exitCode, List<String> lines, List<String> errors) {

        static Doctor visits(String address, String... flags) {
            StringWriter out = new StringWriter();
            StringWriter errors = new StringWriter();
            CommandLine doctor = DoctorCommand.commandLine()
                    .setOut(new PrintWriter(out, true))
                    .setErr(new PrintWriter(errors, true));
            List<String> all = new ArrayList<>(List.of(flags));
            all.addAll(List.of("--jobmanager", address, "--sample", "500ms"));
            int exitCode = doctor.execute(all.toArray(String[]::new));
            return new Doctor(
                    exitCode,
                    out.toString().lines().toList(),
                    errors.toString().lines().toList());
        }

        boolean finds(String... parts) {
            return lines.stream().anyMatch(line -> List.of(parts).stream().allMatch(line::contains));
        }
    }

    private static Doctor doctor(String... flags) {
        return Doctor.visits(flink.restAddress(), flags);
    }

    private static ConditionFactory patiently() {
        return Awaitility.await().atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofMillis(500));
    }

    /** Waits until the doctor has a line with all of these parts. */
    private static Doctor awaitFinding(String... parts) {
        Doctor[] last = new Doctor[1];
        patiently()
                .failFast("the JobManager is gone", () -> flink.members().isEmpty())
                .untilAsserted(() -> {
                    last[0] = doctor();
                    assertThat(last[0].lines())
                            .anySatisfy(line -> assertThat(line).contains(parts));
                });
        assertThat(last[0].exitCode()).isEqualTo(DoctorCommand.FINDINGS);
        return last[0];
    }

    /** Waits until the doctor has all the lines that the README's table says of this, each by its parts. */
    private static Doctor awaitRow(String what) throws IOException {
        String row = Files.readAllLines(Path.of("README.md")).stream()
                .filter(line -> line.startsWith("| " + what + " |"))
                .findFirst()
                .orElseThrow();
        List<String> findings =
                FINDING.matcher(row).results().map(match -> match.group(1)).toList();
        assertThat(findings).as(row).isNotEmpty();
        Doctor doctor = null;
        for (String finding : findings) {
            doctor = awaitFinding(finding.split(" "));
        }
        return doctor;
    }

    /** With Kafka clients that give up sooner than by default, so that a test need not wait for minutes. */
    private JobID submit() throws IOException {
        Path properties = Files.write(
                folder.resolve("client.properties"),
                List.of(
                        "partition.discovery.interval.ms=1000",
                        "default.api.timeout.ms=4000",
                        "request.timeout.ms=3000",
                        "reconnect.backoff.max.ms=500"));
        return submitWith("--kafka-properties", properties.toString());
    }

    private JobID submitWith(String... more) {
        List<String> flags = new ArrayList<>(List.of(
                "--bootstrap-servers",
                kafka.bootstrapServers(),
                "--input-topic",
                input,
                "--output-topic",
                input + ".screened",
                "--service",
                "http://localhost:" + service.getAddress().getPort() + "/",
                "--create-topics"));
        flags.addAll(List.of(more));
        JarRun run = JarRun.with(flags);
        options.forEach(run::option);
        JobID job = flink.rest().run(JOB, run);
        jobs.add(job);
        flink.rest().awaitRunning(job, Duration.ofMinutes(1));
        return job;
    }

    private void write(String... values) {
        try (Producer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            for (String value : values) {
                producer.send(new ProducerRecord<>(input, value));
            }
        }
    }

    private static String[] payments(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "{\"paymentId\":\"p-" + i + "\"}")
                .toArray(String[]::new);
    }

    private void awaitScreened(int count) {
        TopicReader.awaitCommitted(kafka.bootstrapServers(), input + ".screened", count, Duration.ofMinutes(1));
    }

    private JsonNode exceptions(JobID job, String filter) {
        return new FlinkHttp(() -> URI.create(flink.restAddress()), Duration.ofSeconds(10))
                .get("/jobs/" + job + "/exceptions?failureLabelFilter=" + filter)
                .path("exceptionHistory")
                .path("entries");
    }

    @Nested
    class AHealthyCluster {
        @Test
        void hasNothingToSayAboutAPoisonRecord() throws IOException {
            answer = 200;
            JobID job = submit();
            write(payments(10));
            write("poison", "{\"paymentId\":\"p\\r\\nX\"}");
            awaitScreened(11);
            TopicReader.awaitCommitted(kafka.bootstrapServers(), input + ".dead-letters", 1, Duration.ofMinutes(1));

            Doctor doctor = doctor();
            assertThat(doctor.lines()).containsExactly("healthy jobs=1 task-managers=1 free-slots=0");
            assertThat(doctor.exitCode()).isEqualTo(DoctorCommand.HEALTHY);
            assertThat(flink.rest().failures(job)).isEmpty();
        }
    }

    @Nested
    class ABug {
        @Test
        void isALoopThatIsLabelledUserCode() throws IOException {
            answer = 401;
            JobID job = submit();
            write(payments(3));

            Doctor doctor = awaitRow("a bug, or a service that speaks otherwise");
            assertThat(doctor.lines().get(0)).startsWith("finding=retry-loop severity=critical job=failing-well ");
            assertThat(doctor.finds("newest=\"UnexpectedAnswerException: the service answered 401"))
                    .as(doctor.toString())
                    .isTrue();
            assertThat(exceptions(job, "kind:user-code")).isNotEmpty();
            assertThat(exceptions(job, "kind:kafka")).isEmpty();

            answer = 200; // Mended: what was not done is done, and nothing was lost.
            awaitScreened(3);
        }
    }

    @Nested
    class ATopicThatIsDeleted {
        @Test
        void isALoopThatIsLabelledKafka() throws IOException {
            answer = 200;
            JobID job = submit();
            write(payments(3));
            awaitScreened(3);

            Topics.delete(kafka.bootstrapServers(), input);

            Doctor doctor = awaitRow("a topic is deleted");
            assertThat(exceptions(job, "kind:kafka")).as(doctor.toString()).isNotEmpty();
            assertThat(exceptions(job, "kind:user-code")).isEmpty();
        }
    }

    @Nested
    class ABrokerThatIsGone {
        @Test
        void isALoopThatIsLabelledKafkaAndEndsWithTheOutage() throws IOException {
            answer = 200;
            JobID job = submit();
            write(payments(3));
            awaitScreened(3);

            kafka.kill();
            awaitRow("the broker is gone");
            assertThat(exceptions(job, "kind:kafka")).isNotEmpty();

            kafka.start();
            write(payments(3));
            awaitScreened(6);
        }
    }

    @Nested
    class ABrokerThatIsPaused {
        @Test
        void isACheckpointThatIsStuck() throws IOException {
            answer = 200;
            submitWith(); // Kafka's own timeouts: the clients hope for two minutes.
            write(payments(30_000));
            awaitScreened(1); // What follows is written already, and not yet committed.
            kafka.pause();
            try {
                awaitRow("the broker is there and does not answer");
            } finally {
                kafka.resume();
            }
            awaitScreened(30_000);
        }
    }

    @Nested
    class ACheckpointStorageThatRefuses {
        @Test
        void isALoopThatIsLabelledState() throws IOException {
            answer = 200;
            JobID job = submit();
            write(payments(3));
            awaitScreened(3);

            Path aside = Files.move(storage(), folder.resolve("aside"), StandardCopyOption.ATOMIC_MOVE);
            Files.createFile(storage()); // A file where a folder should be: nothing can be written below it.
            try {
                awaitRow("checkpoints cannot be written");
                assertThat(exceptions(job, "kind:state")).isNotEmpty();
            } finally {
                Files.delete(storage());
                Files.move(aside, storage(), StandardCopyOption.ATOMIC_MOVE);
            }
            write(payments(3));
            awaitScreened(6);
        }
    }

    @Nested
    class AClusterThatIsTooSmall {
        @Test
        void hasNoFreeSlots() throws IOException {
            answer = 200;
            submit();
            JobID second = flink.rest()
                    .run(
                            JOB,
                            JarRun.with(
                                    "--bootstrap-servers",
                                    kafka.bootstrapServers(),
                                    "--input-topic",
                                    input,
                                    "--output-topic",
                                    input + ".again",
                                    "--dead-letter-topic",
                                    input + ".again.dead",
                                    "--unscreened-topic",
                                    input + ".again.unscreened",
                                    "--create-topics"));
            jobs.add(second);
            awaitRow("a job has no slots");
        }
    }

    @Nested
    class AServiceThatIsBusy {
        @Test
        void holdsUpTheStepsBeforeItAndTheJobFallsBehind() throws IOException {
            answer = 503;
            // Each operator a task of its own, as after a keyBy: within one task nobody waits for another.
            options.put("pipeline.operator-chaining.enabled", "false");
            // Written first: a source that waits asks Kafka no more, and knows of no later records.
            Topics.create(kafka.bootstrapServers(), input, 1);
            write(payments(100_000));
            JobID job = submitWith("--attempts", "100", "--longest-backoff", "1h");

            Doctor doctor = awaitRow("the service is busy");
            assertThat(doctor.finds("finding=back-pressure", "slowest=\"screen payment\""))
                    .as(doctor.toString())
                    .isTrue();
            assertThat(flink.rest().failures(job)).as("failures").isEmpty();
        }
    }

    @Nested
    class ATaskManagerThatIsLost {
        @Test
        void isMissed() throws IOException {
            flink.killTaskManager(0);
            try {
                awaitRow("no TaskManager is left");
            } finally {
                flink.startTaskManager();
                flink.rest().awaitTaskManagers(1, Duration.ofMinutes(1));
            }
        }
    }

    @Nested
    class AClusterThatIsNotThere {
        @Test
        void isOneLineAndExitCodeTwo() throws IOException {
            int port;
            try (ServerSocket free = new ServerSocket(0)) {
                port = free.getLocalPort();
            }
            Doctor doctor = Doctor.visits("http://localhost:" + port);
            assertThat(doctor.exitCode()).isEqualTo(DoctorCommand.UNREACHABLE);
            assertThat(doctor.lines()).isEmpty();
            assertThat(doctor.errors())
                    .containsExactly("cookbook doctor: no JobManager answers at http://localhost:" + port);
        }

        @Test
        void isNotAnyWebServer() {
            Doctor doctor =
                    Doctor.visits("http://localhost:" + service.getAddress().getPort());
            assertThat(doctor.exitCode()).isEqualTo(DoctorCommand.UNREACHABLE);
            assertThat(doctor.lines()).isEmpty();
        }
    }

    @Test
    void aWrongAddressIsOneLine() {
        Doctor doctor = Doctor.visits("localhost:8081");
        assertThat(doctor.exitCode()).isEqualTo(2);
        assertThat(doctor.errors())
                .containsExactly(
                        "--jobmanager: got 'localhost:8081', expected an address such as http://localhost:8081");
    }

    @Test
    void aWrongFlagIsOneLine() {
        Doctor doctor = doctor("--lags", "3");
        assertThat(doctor.exitCode()).isEqualTo(2);
        assertThat(doctor.errors()).containsExactly("--lags: unknown, expected a flag; --help lists them");
    }
}
