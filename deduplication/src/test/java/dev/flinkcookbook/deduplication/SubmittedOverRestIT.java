package dev.flinkcookbook.deduplication;

import static dev.flinkcookbook.deduplication.Payments.payment;
import static dev.flinkcookbook.deduplication.Payments.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The shaded jar, uploaded to a JobManager: there the main method runs inside it, and must not take it down. */
@ExtendWith(KafkaExtension.class)
class SubmittedOverRestIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension(parentFirst());

    private static final Path JAR = Path.of("target/deduplication-job.jar");
    private static final String BOUNDARY = "a-boundary-that-no-jar-contains";
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final KafkaBroker kafka;

    SubmittedOverRestIT(KafkaBroker kafka) {
        this.kafka = kafka;
    }

    /** Unlike a real JobManager's, this JVM's class path has the connector too, and two copies do not mix. */
    private static Configuration parentFirst() {
        Configuration options = new Configuration();
        options.set(CoreOptions.CLASSLOADER_RESOLVE_ORDER, "parent-first");
        return options;
    }

    @Test
    void aWrongFlagIsAnAnswerAndTheJobManagerLivesAndRunsTheRightOnes() throws Exception {
        String jar = upload();

        HttpResponse<String> refused = run(jar, List.of("--retention", "24"));

        assertThat(refused.statusCode()).isGreaterThanOrEqualTo(400);
        assertThat(refused.body())
                .contains("--retention: got '24', expected a duration with its unit, such as 24h, 5m or 100ms");
        assertThat(get("/overview").get("taskmanagers").asInt()).isEqualTo(1);

        JobOnKafka job = JobOnKafka.withTopics(kafka, flink)
                .write(payment("p-1"), payment("p-1").on(1, 0));
        HttpResponse<String> accepted = run(jar, List.of(job.flags("--bounded")));

        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(200);
        String id = JSON.readTree(accepted.body()).get("jobid").asText();
        JobOnKafka.patiently()
                .until(() -> get("/jobs/" + id).get("state").asText().equals("FINISHED"));
        assertThat(job.events()).hasSize(1);
        assertThat(job.dropped()).hasSize(1);
    }

    /** Returns the id of the jar. */
    private String upload() throws Exception {
        assertThat(JAR).as("made by ./mvnw package").exists();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(
                utf8("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\"job.jar\"\r\n"
                        + "Content-Type: application/x-java-archive\r\n\r\n"));
        body.write(Files.readAllBytes(JAR));
        body.write(utf8("\r\n--" + BOUNDARY + "--\r\n"));
        HttpResponse<String> answer = send(request("/jars/upload")
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(BodyPublishers.ofByteArray(body.toByteArray())));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Path.of(JSON.readTree(answer.body()).get("filename").asText())
                .getFileName()
                .toString();
    }

    private HttpResponse<String> run(String jar, List<String> flags) throws Exception {
        return send(request("/jars/" + jar + "/run")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(JSON.writeValueAsString(Map.of("programArgsList", flags)))));
    }

    private JsonNode get(String path) throws IOException, InterruptedException {
        return JSON.readTree(send(request(path).GET()).body());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(flink.webInterface() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
