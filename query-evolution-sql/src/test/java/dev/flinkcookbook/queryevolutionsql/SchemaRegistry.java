package dev.flinkcookbook.queryevolutionsql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.ChildJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.awaitility.Awaitility;

/**
 * A schema registry that answers Confluent's REST: Apicurio's, in a process of its own that ends with this JVM, on any free port of the
 * loopback interface, with its schemas in memory. Maven unpacks it before integration tests.
 */
final class SchemaRegistry implements AutoCloseable {

    /** What a registry may ask of a subject's next schema. */
    enum Mode {
        BACKWARD,
        FORWARD,
        FULL,
        /** As FULL, after each version that the subject has had; the others look at the newest alone. */
        FULL_TRANSITIVE
    }

    private static final Path UNPACKED = Path.of("target", "schema-registry");
    private static final Path ERRORS = Path.of("target", "schema-registry.log");
    private static final Duration TO_START = Duration.ofMinutes(2);
    private static final Duration TO_ANSWER = Duration.ofSeconds(30);
    private static final String STARTED = "apicurio-registry-app";
    private static final String ADDRESS = "Listening on: ";
    private static final int CONFLICT = 409;
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final ChildJvm process;
    private final String url;

    private SchemaRegistry(ChildJvm process) {
        this.process = process;
        String started = process.awaitLine(STARTED, TO_START);
        String address = started.substring(started.indexOf(ADDRESS) + ADDRESS.length());
        this.url = address + "/apis/ccompat/v7";
    }

    /** A running one, without any schema. */
    static SchemaRegistry started() {
        ChildJvm process = ChildJvm.of("io.quarkus.runner.GeneratedMain")
                .classPath(jar().toString())
                .heap("400m")
                .option(ChildJvm.QUICK_COMPILER_ONLY)
                .property("quarkus.http.host", "127.0.0.1")
                .property("quarkus.http.port", "0")
                .property("quarkus.log.console.format", "%s%n") // Else the line to wait for begins with the time.
                .errorsTo(ERRORS)
                .start();
        try {
            SchemaRegistry registry = new SchemaRegistry(process);
            Awaitility.await("the schema registry")
                    .atMost(TO_START)
                    .pollInSameThread()
                    .ignoreExceptions() // Not listening yet.
                    .until(() -> registry.send("GET", "/subjects", null).statusCode() == 200);
            return registry;
        } catch (RuntimeException e) {
            process.close();
            throw e;
        }
    }

    private static Path jar() {
        try (Stream<Path> files = Files.list(UNPACKED)) {
            return files.filter(file -> file.toString().endsWith("-runner.jar"))
                    .findFirst()
                    .orElseThrow()
                    .toAbsolutePath();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "no schema registry: ./mvnw -pl query-evolution-sql -am pre-integration-test unpacks it", e);
        }
    }

    /** For {@code avro-confluent.url}. */
    String url() {
        return url;
    }

    /** Registers a schema, whatever the subject's mode; the answer is the id that records carry. */
    int register(String subject, Schema schema) {
        HttpResponse<String> response = send("POST", versions(subject), body(schema));
        return json(response).get("id").asInt();
    }

    /** Whether the registry takes a schema as the subject's next version. It says so when asked, and does as it has said. */
    boolean accepts(String subject, Mode mode, Schema schema) {
        require(subject, mode);
        // Which versions it is compared with, the question says and not the mode.
        String compatibility =
                "/compatibility/subjects/" + subject + "/versions" + (mode == Mode.FULL_TRANSITIVE ? "" : "/latest");
        boolean says = json(send("POST", compatibility, body(schema)))
                .get("is_compatible")
                .asBoolean();
        boolean does = send("POST", versions(subject), body(schema)).statusCode() != CONFLICT;
        if (says != does) {
            throw new IllegalStateException(
                    "the registry says " + says + " and does " + does + " of " + schema + " in " + subject);
        }
        return does;
    }

    /** What the subject's next schema must be; without this, anything. */
    void require(String subject, Mode mode) {
        json(send("PUT", "/config/" + subject, Map.of("compatibility", mode.name())));
    }

    /** The schema with this id. */
    Schema schema(int id) {
        String schema =
                json(send("GET", "/schemas/ids/" + id, null)).get("schema").asText();
        return new Schema.Parser().parse(schema);
    }

    /** How many schemas the subject has had. */
    int count(String subject) {
        return json(send("GET", versions(subject), null)).size();
    }

    private static String versions(String subject) {
        return "/subjects/" + subject + "/versions";
    }

    private static Map<String, String> body(Schema schema) {
        return Map.of("schemaType", "AVRO", "schema", schema.toString());
    }

    private HttpResponse<String> send(String method, String path, Map<String, String> body) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url + path))
                    .timeout(TO_ANSWER)
                    .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                    .method(
                            method,
                            body == null
                                    ? BodyPublishers.noBody()
                                    : BodyPublishers.ofString(JSON.writeValueAsString(body)))
                    .build();
            return http.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the schema registry", e);
        }
    }

    private static JsonNode json(HttpResponse<String> response) {
        if (response.statusCode() != 200) {
            throw new IllegalStateException(response.request().method() + " " + response.uri() + ": "
                    + response.statusCode() + " " + response.body());
        }
        try {
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills it: its schemas are gone. */
    void kill() {
        process.kill();
    }

    /** As {@link #kill()}; does nothing if it is gone. */
    @Override
    public void close() {
        kill();
    }
}
