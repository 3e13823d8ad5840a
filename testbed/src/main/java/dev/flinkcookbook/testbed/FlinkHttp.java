package dev.flinkcookbook.testbed;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** JSON over HTTP with a JobManager. What it refuses is a {@link FlinkRestException} with Flink's root cause as its message. */
public final class FlinkHttp {
    private static final Duration TO_CONNECT = Duration.ofSeconds(5);
    private static final String BOUNDARY = "a-boundary-that-no-jar-contains";
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1) // Flink's server knows no other.
            .connectTimeout(TO_CONNECT)
            .build();
    private final Supplier<URI> address;
    private final Duration toAnswer;

    /** @param address of the JobManager to ask, at the time of a request */
    public FlinkHttp(Supplier<URI> address, Duration toAnswer) {
        this.address = address;
        this.toAnswer = toAnswer;
    }

    /** What stands at the path, such as {@code /jobs/overview}. */
    public JsonNode get(String path) {
        return send(request(path).GET());
    }

    JsonNode post(String path, Map<String, ?> body) {
        return send(request(path).header("Content-Type", "application/json").POST(json(body)));
    }

    void put(String path, Map<String, ?> body) {
        send(request(path).header("Content-Type", "application/json").PUT(json(body)));
    }

    void delete(String path) {
        send(request(path).DELETE());
    }

    void patch(String path) {
        send(request(path).method("PATCH", BodyPublishers.noBody()));
    }

    /** Sends a file as a browser sends one of a form. */
    JsonNode upload(String path, String field, Path file) {
        BodyPublisher body;
        try {
            body = BodyPublishers.concat(
                    BodyPublishers.ofString("--" + BOUNDARY
                            + "\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\""
                            + file.getFileName() + "\"\r\nContent-Type: application/x-java-archive\r\n\r\n"),
                    BodyPublishers.ofByteArray(Files.readAllBytes(file)),
                    BodyPublishers.ofString("\r\n--" + BOUNDARY + "--\r\n"));
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + file, e);
        }
        return send(request(path)
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(body));
    }

    private static BodyPublisher json(Map<String, ?> body) {
        try {
            return BodyPublishers.ofString(JSON.writeValueAsString(body));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(address.get() + path)).timeout(toAnswer);
    }

    private JsonNode send(HttpRequest.Builder builder) {
        HttpRequest request = builder.build();
        HttpResponse<String> response;
        try {
            response = http.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            String server = request.uri().getScheme() + "://" + request.uri().getAuthority();
            throw new FlinkRestException("no JobManager answers at " + server, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the JobManager", e);
        }
        JsonNode answer = read(response.body());
        if (response.statusCode() >= 400) {
            throw refusal(response, answer);
        }
        return answer;
    }

    private static JsonNode read(String body) {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException notJson) {
            return JSON.createObjectNode();
        }
    }

    /** Flink puts a general sentence first, then a stack trace between two markers. */
    private static FlinkRestException refusal(HttpResponse<String> response, JsonNode answer) {
        List<String> errors = new ArrayList<>();
        answer.path("errors").forEach(error -> errors.add(error.asText()));
        String said = errors.isEmpty() ? response.body() : errors.get(errors.size() - 1);
        String stackTrace = said.replaceFirst("^<Exception on server side:\\s*", "")
                .replaceFirst("\\s*End of exception on server side>\\s*$", "");
        String line = RootCause.line(stackTrace);
        return new FlinkRestException(
                response.statusCode(), line.isEmpty() ? "HTTP status " + response.statusCode() : line, said);
    }
}
