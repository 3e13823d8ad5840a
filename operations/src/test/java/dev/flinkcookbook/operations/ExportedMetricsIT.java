package dev.flinkcookbook.operations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.JarRun;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.SessionCluster;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What Flink's Prometheus reporter says of a recipe on a real cluster is what rules, dashboards and the page of metrics call it. */
@ExtendWith(KafkaExtension.class)
class ExportedMetricsIT {

    private static final Path JAR = Path.of("../deduplication/target/deduplication-job.jar");
    private static final Path RULES = Path.of("../monitoring/rules.yml");
    private static final Path DASHBOARD = Path.of("../monitoring/grafana/dashboards/job-health.json");
    private static final Pattern OF_FLINK = Pattern.compile("\\bflink_(jobmanager|taskmanager)_\\w+");
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Pattern SERIES = Pattern.compile("(?m)^(flink_\\w+)[{ ](?:.*(quantile=\"0\\.99\"))?");

    private final HttpClient http = HttpClient.newHttpClient();

    /** The first of three, of which each process takes one. */
    private static int freePorts() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void theNamesAreThoseOfTheRulesTheDashboardsAndThePage(KafkaBroker kafka) throws Exception {
        int ports = freePorts();
        try (SessionCluster cluster = SessionCluster.builder()
                .taskManagers(1)
                .option(
                        "metrics.reporter.prom.factory.class",
                        "org.apache.flink.metrics.prometheus.PrometheusReporterFactory")
                .option("metrics.reporter.prom.port", ports + "-" + (ports + 9))
                .start()) {
            String input = "exported-payments";
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
                admin.createTopics(List.of(new NewTopic(input, 1, (short) 1)))
                        .all()
                        .get();
            }
            try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                    Map.of("bootstrap.servers", kafka.bootstrapServers()),
                    new StringSerializer(),
                    new StringSerializer())) {
                List.of("{\"id\":\"1\"}", "{\"id\":\"1\"}", "garbage")
                        .forEach(value -> producer.send(new ProducerRecord<>(input, value)));
            }
            FlinkRest flink = cluster.rest();
            JobID job = flink.run(
                    JAR,
                    JarRun.with(
                            "--bootstrap-servers",
                            kafka.bootstrapServers(),
                            "--input-topic",
                            input,
                            "--output-topic",
                            "exported-deduplicated",
                            "--create-topics"));
            flink.awaitRunning(job, PATIENCE);
            Set<String> wanted = OF_FLINK.matcher(Files.readString(RULES) + Files.readString(DASHBOARD))
                    .results()
                    .map(MatchResult::group)
                    .collect(Collectors.toCollection(HashSet::new));
            assertThat(wanted).hasSizeGreaterThan(5);
            wanted.add("flink_taskmanager_job_task_operator_duplicatesDropped");
            wanted.add("flink_taskmanager_job_task_operator_recordsForwarded");
            wanted.add("flink_taskmanager_job_task_operator_deadLetters");
            wanted.add("flink_taskmanager_job_task_operator_duplicateGapMs{quantile=\"0.99\"}");

            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(() -> assertThat(exported(ports)).containsAll(wanted));
            flink.cancel(job);
        }
    }

    private Set<String> exported(int ports) throws InterruptedException {
        Set<String> names = new HashSet<>();
        for (int port = ports; port < ports + 10; port++) {
            try {
                String page = http.send(
                                HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/metrics"))
                                        .build(),
                                BodyHandlers.ofString())
                        .body();
                SERIES.matcher(page)
                        .results()
                        .map(series -> series.group(1) + (series.group(2) == null ? "" : "{" + series.group(2) + "}"))
                        .forEach(names::add);
            } catch (IOException nobodyIsThere) {
                // Each process takes the first port that is free.
            }
        }
        return names;
    }
}
