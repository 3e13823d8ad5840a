package dev.flinkcookbook.operations;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flinkcookbook.operations.JobLook.Checkpointing;
import dev.flinkcookbook.operations.JobLook.Step;
import dev.flinkcookbook.testbed.FlinkHttp;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.FlinkRestException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobStatus;

/** Asks a JobManager about its cluster and its jobs. */
final class Examination {

    private static final Duration TO_ANSWER = Duration.ofSeconds(20);

    private final FlinkHttp http;
    private final FlinkRest rest;
    private final Duration sample;

    /** @param sample the time between two looks at what grows */
    Examination(String address, Duration sample) {
        URI fixed = URI.create(address);
        this.http = new FlinkHttp(() -> fixed, TO_ANSWER);
        this.rest = new FlinkRest(address);
        this.sample = sample;
    }

    /** Whether it is a JobManager that answers, and not any web server. */
    boolean isOfFlink() {
        return http.get("/overview").has("flink-version");
    }

    FlinkRest.Overview cluster() {
        return rest.overview();
    }

    /** A look at each job that is not over, or that has failed. */
    List<JobLook> jobs() {
        List<JobLook> looks = new ArrayList<>();
        for (FlinkRest.Job job : rest.jobs()) {
            if (!job.status().isGloballyTerminalState() || job.status() == JobStatus.FAILED) {
                try {
                    looks.add(look(job));
                } catch (FlinkRestException e) {
                    if (e.isUnreachable()) {
                        throw e;
                    } // Otherwise the job has gone meanwhile.
                }
            }
        }
        return looks;
    }

    private JobLook look(FlinkRest.Job job) {
        JsonNode details = http.get("/jobs/" + job.id());
        Instant now = Instant.ofEpochMilli(details.path("now").asLong());
        OptionalLong before = pendingRecords(job);
        OptionalLong pending = before;
        long growth = 0;
        if (before.orElse(0) > 0) {
            LockSupport.parkNanos(sample.toNanos());
            pending = pendingRecords(job);
            growth = (pending.orElse(0) - before.getAsLong()) * 1_000 / sample.toMillis();
        }
        return new JobLook(
                job.name(),
                job.status(),
                now,
                details.path("status-counts").path("CREATED").asInt()
                        + details.path("status-counts").path("SCHEDULED").asInt(),
                rest.failures(job.id()),
                checkpointing(job, details, now),
                pending,
                growth,
                steps(job, details));
    }

    private Optional<Checkpointing> checkpointing(FlinkRest.Job job, JsonNode details, Instant now) {
        Duration interval;
        try {
            interval = Duration.ofMillis(http.get("/jobs/" + job.id() + "/checkpoints/config")
                    .path("interval")
                    .asLong());
        } catch (FlinkRestException none) {
            return Optional.empty();
        }
        JsonNode checkpoints = http.get("/jobs/" + job.id() + "/checkpoints");
        int failedInARow = 0;
        String lastFailure = "";
        Optional<Duration> inProgress = Optional.empty();
        for (JsonNode checkpoint : checkpoints.path("history")) { // The newest first.
            String status = checkpoint.path("status").asText();
            if (status.equals("COMPLETED")) {
                break;
            } else if (status.equals("FAILED")) {
                // Tried while the tasks of a restarted job were not yet there: says nothing that the restart does not.
                if (!checkpoint.path("failure_message").asText().contains("tasks not ready")) {
                    lastFailure = failedInARow == 0
                            ? checkpoint.path("failure_message").asText()
                            : lastFailure;
                    failedInARow++;
                }
            } else {
                Instant triggered = Instant.ofEpochMilli(
                        checkpoint.path("trigger_timestamp").asLong());
                inProgress = Optional.of(Duration.between(triggered, now));
            }
        }
        JsonNode latest = checkpoints.path("latest");
        JsonNode completed = latest.path("completed");
        return Optional.of(new Checkpointing(
                interval,
                checkpoints.path("counts").path("completed").asLong(),
                failedInARow,
                lastFailure,
                inProgress,
                completed.has("end_to_end_duration")
                        ? Optional.of(Duration.ofMillis(
                                completed.path("end_to_end_duration").asLong()))
                        : Optional.empty(),
                completed.has("id") ? longestAlignment(job, details, completed) : Duration.ZERO));
    }

    private Duration longestAlignment(FlinkRest.Job job, JsonNode details, JsonNode checkpoint) {
        long longest = 0;
        for (JsonNode vertex : details.path("vertices")) {
            JsonNode subtasks = http.get("/jobs/" + job.id() + "/checkpoints/details/"
                    + checkpoint.path("id").asLong() + "/subtasks/"
                    + vertex.path("id").asText());
            JsonNode duration = subtasks.path("summary").path("alignment").path("duration");
            longest = Math.max(longest, duration.path("max").asLong());
        }
        return Duration.ofMillis(longest);
    }

    private List<Step> steps(FlinkRest.Job job, JsonNode details) {
        List<Step> steps = new ArrayList<>();
        for (JsonNode vertex : details.path("vertices")) {
            steps.add(new Step(
                    vertex.path("name").asText(),
                    (long) metric(job, vertex, "backPressuredTimeMsPerSecond", "max")
                            .orElse(0),
                    (long) metric(job, vertex, "busyTimeMsPerSecond", "max").orElse(0)));
        }
        return steps;
    }

    private OptionalLong pendingRecords(FlinkRest.Job job) {
        OptionalDouble pending = rest.pendingRecords(job.id());
        return pending.isPresent() ? OptionalLong.of((long) pending.getAsDouble()) : OptionalLong.empty();
    }

    private OptionalDouble metric(FlinkRest.Job job, JsonNode vertex, String name, String aggregation) {
        JsonNode value = http.get(metrics(job, vertex) + "?get=" + name + "&agg=" + aggregation)
                .path(0)
                .path(aggregation);
        return value.isNumber() && !Double.isNaN(value.asDouble())
                ? OptionalDouble.of(value.asDouble())
                : OptionalDouble.empty();
    }

    private static String metrics(FlinkRest.Job job, JsonNode vertex) {
        return "/jobs/" + job.id() + "/vertices/" + vertex.path("id").asText() + "/subtasks/metrics";
    }
}
