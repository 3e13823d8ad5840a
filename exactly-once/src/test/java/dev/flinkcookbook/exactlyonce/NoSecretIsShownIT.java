package dev.flinkcookbook.exactlyonce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.FlinkRestException;
import dev.flinkcookbook.testbed.JarRun;
import dev.flinkcookbook.testbed.Permission;
import dev.flinkcookbook.testbed.SecuredKafka;
import dev.flinkcookbook.testbed.SessionCluster;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything that a session cluster shows of a job is searched for the password with which the job reads and writes. */
class NoSecretIsShownIT {

    private static final Path JAR = Path.of("target/exactly-once-job.jar");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PASSWORD = "correct-horse-4711";
    private static final String WRONG_PASSWORD = "battery-staple-4712";
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    static Path folder;

    private static SecuredKafka kafka;
    private static SessionCluster cluster;

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void start() {
        assertThat(JAR).as("made by ./mvnw package").exists();
        kafka = SecuredKafka.started();
        List.of("transfers", "ledger", "transfers.dead-letters").forEach(topic -> kafka.createTopic(topic, 1));
        cluster = SessionCluster.builder().taskManagers(1).start();
    }

    @AfterAll
    static void stop() {
        cluster.close();
        kafka.close();
    }

    @Test
    void ofAJobThatIsRefusedThenRunsAndFails() {
        isRefusedAtFirst();
        Map<String, String> client = kafka.createUser("teller", PASSWORD);
        kafka.allow(
                "teller",
                List.of(
                        Permission.of("Read", "topic", "transfers*"),
                        Permission.of("Write", "topic", "transfers.dead-letters"),
                        Permission.of("Read", "topic", "ledger"),
                        Permission.of("Write", "topic", "ledger"),
                        Permission.of("Read", "group", "exactly-once"),
                        Permission.of("Write", "transactional id", "exactly-once-*")));
        JobID job = cluster.rest().run(JAR, run(client));
        write();
        kafka.awaitCommitted("ledger", 2, PATIENCE);
        cluster.rest().awaitCheckpoint(job, PATIENCE);
        Map<String, String> running = everything(job);

        kafka.createUser("teller", "another one");
        cluster.replaceTaskManager(0);
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(cluster.rest().failures(job))
                        .extracting(FlinkRest.JobFailure::stackTrace)
                        .anyMatch(stackTrace -> stackTrace.contains("invalid credentials")));
        Map<String, String> failing = everything(job);

        kafka.createUser("teller", PASSWORD);
        write();
        kafka.awaitCommitted("ledger", 4, PATIENCE);

        isNowhere(PASSWORD, running);
        isNowhere(PASSWORD, failing);
        // The search sees what is there: the job and its exceptions, and that Kafka's clients log their settings.
        assertThat(running.get("/jobs/" + job + "/plan")).contains("write ledger");
        assertThat(failing.get("/jobs/" + job + "/exceptions")).contains("SaslAuthenticationException");
        assertThat(running.keySet()).as("paths and files").hasSizeGreaterThan(40);
        assertThat(String.join("\n", running.values())).contains("sasl.jaas.config = [hidden]");
    }

    /** So that all later jobs on this cluster must log in with what the first one has loaded of Kafka's client. */
    private void isRefusedAtFirst() {
        Map<String, String> client = kafka.client("teller", WRONG_PASSWORD);

        FlinkRestException refusal = catchThrowableOfType(
                FlinkRestException.class, () -> cluster.rest().run(JAR, run(client)));

        assertThat(refusal).hasMessageContaining("invalid credentials");
        StringWriter stackTrace = new StringWriter();
        refusal.printStackTrace(new PrintWriter(stackTrace));
        assertThat(stackTrace.toString()).doesNotContain(WRONG_PASSWORD);
        isNowhere(WRONG_PASSWORD, logs());
    }

    private static void isNowhere(String password, Map<String, String> texts) {
        assertThat(texts.entrySet())
                .as("what shows " + password)
                .filteredOn(text -> text.getValue().contains(password))
                .extracting(Map.Entry::getKey)
                .isEmpty();
    }

    private static JarRun run(Map<String, String> client) {
        Path file = SecuredKafka.write(client, folder.resolve("client.properties"));
        return JarRun.with("--kafka-properties", file.toString()).parallelism(1);
    }

    private static void write() {
        kafka.write(
                List.of(
                        new ProducerRecord<>(
                                "transfers",
                                "{\"transferId\":\"t-1\",\"from\":\"a\",\"to\":\"b\",\"amount\":\"1\",\"at\":\"2026-01-01T10:00:00Z\"}")));
    }

    /** All that REST answers about the cluster and the job, by its path, and all logs, by their names. */
    private Map<String, String> everything(JobID job) {
        Map<String, String> texts = new LinkedHashMap<>(logs());
        Stream.of(
                        "/config",
                        "/overview",
                        "/cluster",
                        "/datasets",
                        "/jars",
                        "/jobs",
                        "/jobs/overview",
                        "/jobs/metrics",
                        "/jobmanager/config",
                        "/jobmanager/environment",
                        "/jobmanager/metrics",
                        "/jobmanager/logs",
                        "/jobmanager/thread-dump",
                        "/taskmanagers",
                        "/taskmanagers/metrics")
                .forEach(path -> read(path, texts));
        for (String taskManager : fields(texts.get("/taskmanagers"), "taskmanagers", "id")) {
            Stream.of("", "/logs", "/metrics", "/thread-dump")
                    .forEach(path -> read("/taskmanagers/" + taskManager + path, texts));
        }
        String ofJob = "/jobs/" + job;
        Stream.of(
                        "",
                        "/accumulators?includeSerializedValue=true",
                        "/checkpoints",
                        "/checkpoints/config",
                        "/config",
                        "/exceptions",
                        "/jobmanager/config",
                        "/jobmanager/environment",
                        "/metrics",
                        "/plan",
                        "/status")
                .forEach(path -> read(ofJob + path, texts));
        for (String checkpoint : fields(texts.get(ofJob + "/checkpoints"), "history", "id")) {
            read(ofJob + "/checkpoints/details/" + checkpoint, texts);
        }
        for (String vertex : fields(texts.get(ofJob), "vertices", "id")) {
            Stream.of(
                            "",
                            "/accumulators",
                            "/backpressure",
                            "/flamegraph",
                            "/jm-operator-metrics",
                            "/metrics",
                            "/subtasks/0",
                            "/subtasks/0/metrics",
                            "/subtasks/accumulators",
                            "/subtasks/metrics",
                            "/subtasktimes",
                            "/taskmanagers",
                            "/watermarks")
                    .forEach(path -> read(ofJob + "/vertices/" + vertex + path, texts));
        }
        return texts;
    }

    private void read(String path, Map<String, String> texts) {
        try {
            texts.put(
                    path,
                    http.send(
                                    HttpRequest.newBuilder(URI.create(cluster.restAddress() + path))
                                            .build(),
                                    BodyHandlers.ofString())
                            .body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> fields(String json, String array, String field) {
        try {
            List<String> values = new ArrayList<>();
            JSON.readTree(json)
                    .path(array)
                    .forEach(
                            (JsonNode element) -> values.add(element.path(field).asText()));
            return values;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, String> logs() {
        try (Stream<Path> files = Files.list(cluster.logs())) {
            Map<String, String> texts = new LinkedHashMap<>();
            for (Path file : files.toList()) {
                texts.put(file.getFileName().toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
            }
            return texts;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
