package dev.flinkcookbook.testbed;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.SavepointFormatType;

/**
 * A JobManager's REST interface: runs jars, asks about jobs, takes savepoints. Each method throws a
 * {@link FlinkRestException} if the JobManager refuses or none answers, with Flink's root cause as its message.
 */
public final class FlinkRest {
    private static final Duration TO_ANSWER = Duration.ofMinutes(2); // The main method of a job runs within a request.
    private static final Duration POLL = Duration.ofMillis(100);

    /** What a cluster has. */
    public record Overview(int taskManagers, int slots, int freeSlots) {}

    /** A job in a list. */
    public record Job(JobID id, String name, JobStatus status) {}

    /** A step of a job; running only if each of its subtasks is. */
    public record Vertex(String id, String name, int parallelism, boolean running) {}

    /**
     * Why a job failed.
     *
     * @param line the root cause
     * @param task the task that failed, where it was one
     * @param labels what the JobManager's failure enrichers say of it; empty without any
     */
    public record JobFailure(
            Instant at, String line, Optional<String> task, Map<String, String> labels, String stackTrace) {}

    /**
     * A job's checkpoints, counted by its present JobManager.
     *
     * @param latestCompleted the id of the newest one; savepoints have ids too
     * @param latestTriggered when that one was begun
     * @param latestRestored the id of what the job has last gone back to
     * @param restoredFrom where that lies, if it is known: the path of a savepoint or of a retained checkpoint
     */
    public record Checkpoints(
            long completed,
            long failed,
            OptionalLong latestCompleted,
            Optional<Instant> latestTriggered,
            OptionalLong latestRestored,
            Optional<String> restoredFrom) {}

    /**
     * One checkpoint or savepoint.
     *
     * @param status {@code COMPLETED}, {@code FAILED} or {@code IN_PROGRESS}
     * @param took from when it was triggered until the newest acknowledgement
     * @param bytes that were written for it
     */
    public record CheckpointRun(
            long id, boolean savepoint, Instant triggered, Duration took, String status, long bytes) {}

    private final FlinkHttp http;

    /** Of the JobManager at {@code http://localhost:8081}, or wherever it is. */
    public FlinkRest(String address) {
        URI fixed = URI.create(address);
        this.http = new FlinkHttp(() -> fixed, TO_ANSWER);
    }

    /** Of whichever JobManager the supplier names at the time of a request. */
    FlinkRest(Supplier<URI> address) {
        this.http = new FlinkHttp(address, TO_ANSWER);
    }

    /** TaskManagers and slots. */
    public Overview overview() {
        JsonNode overview = http.get("/overview");
        return new Overview(
                overview.path("taskmanagers").asInt(),
                overview.path("slots-total").asInt(),
                overview.path("slots-available").asInt());
    }

    /** All jobs that the cluster knows of, ended ones too. */
    public List<Job> jobs() {
        return elements(http.get("/jobs/overview").path("jobs"))
                .map(job -> new Job(
                        JobID.fromHexString(job.path("jid").asText()),
                        job.path("name").asText(),
                        JobStatus.valueOf(job.path("state").asText())))
                .toList();
    }

    /** The options that the JobManager runs with; the values of secrets are masked with asterisks. */
    public Map<String, String> configuration() {
        return elements(http.get("/jobmanager/config"))
                .collect(Collectors.toMap(
                        option -> option.path("key").asText(),
                        option -> option.path("value").asText()));
    }

    /** The parallelism that the job was submitted with; single steps may have others. */
    public int parallelism(JobID job) {
        return http.get("/jobs/" + job + "/config")
                .path("execution-config")
                .path("job-parallelism")
                .asInt();
    }

    /** Uploads a jar; the answer is its id, for {@link #run}. */
    public String upload(Path jar) {
        JsonNode answer = http.upload("/jars/upload", "jarfile", jar);
        String path = answer.path("filename").asText();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Deletes an uploaded jar; jobs that came from it go on. */
    public void deleteJar(String jarId) {
        http.delete("/jars/" + jarId);
    }

    /**
     * Runs the main method of an uploaded jar inside the JobManager, up to {@code execute}.
     *
     * @throws FlinkRestException what main threw, as its one line
     */
    public JobID run(String jarId, JarRun how) {
        return JobID.fromHexString(http.post("/jars/" + jarId + "/run", how.request())
                .path("jobid")
                .asText());
    }

    /** Uploads a jar and runs it. */
    public JobID run(Path jar, JarRun how) {
        return run(upload(jar), how);
    }

    /** The job's own status: {@code RUNNING} also says a job whose tasks wait for slots. */
    public JobStatus status(JobID job) {
        return JobStatus.valueOf(
                http.get("/jobs/" + job + "/status").path("status").asText());
    }

    /** The steps of the job, sources first. */
    public List<Vertex> vertices(JobID job) {
        return elements(http.get("/jobs/" + job).path("vertices"))
                .map(vertex -> {
                    int parallelism = vertex.path("parallelism").asInt();
                    return new Vertex(
                            vertex.path("id").asText(),
                            vertex.path("name").asText(),
                            parallelism,
                            vertex.path("tasks").path("RUNNING").asInt() == parallelism);
                })
                .toList();
    }

    /** The resource ids of the TaskManagers that tasks of the job are on. */
    public Set<String> taskManagers(JobID job) {
        return vertices(job).stream()
                .flatMap(vertex -> elements(
                        http.get("/jobs/" + job + "/vertices/" + vertex.id()).path("subtasks")))
                .map(subtask -> subtask.path("taskmanager-id").asText())
                .collect(Collectors.toSet());
    }

    /**
     * Waits for one of the statuses. Nobody answering, as when another JobManager takes over, is no failure meanwhile.
     *
     * @throws IllegalStateException if the time is over, or if the job has ended otherwise; it says why
     */
    public JobStatus awaitStatus(JobID job, Duration atMost, JobStatus... wanted) {
        Set<JobStatus> wantedOnes = Set.of(wanted);
        return await("job " + job + " did not become " + wantedOnes, atMost, () -> {
            JobStatus status = status(job);
            if (!wantedOnes.contains(status)) {
                refuseEnded(job, status);
                return Optional.empty();
            }
            return Optional.of(status);
        });
    }

    /**
     * Waits until the job is running with all its tasks.
     *
     * @throws IllegalStateException as {@link #awaitStatus}
     */
    public void awaitRunning(JobID job, Duration atMost) {
        await("job " + job + " did not run with all its tasks", atMost, () -> {
            JobStatus status = status(job);
            refuseEnded(job, status);
            return Optional.of(isRunning(job)).filter(running -> running);
        });
    }

    /** Whether the job runs with all its tasks. */
    public boolean isRunning(JobID job) {
        List<Vertex> vertices = status(job) == JobStatus.RUNNING ? vertices(job) : List.of();
        return !vertices.isEmpty() && vertices.stream().allMatch(Vertex::running);
    }

    /**
     * Waits for a checkpoint that was begun after this call, so that everything that the job had done before is in it.
     *
     * @return its id
     * @throws IllegalStateException as {@link #awaitStatus}
     */
    public long awaitCheckpoint(JobID job, Duration atMost) {
        Instant now = Instant.now();
        return await("job " + job + " completed no checkpoint", atMost, () -> {
            refuseEnded(job, status(job));
            Checkpoints checkpoints = checkpoints(job);
            return checkpoints
                    .latestTriggered()
                    .filter(triggered -> triggered.isAfter(now))
                    .map(triggered -> checkpoints.latestCompleted().getAsLong());
        });
    }

    /** Waits until so many TaskManagers have registered. */
    public void awaitTaskManagers(int count, Duration atMost) {
        await(
                "the cluster has not " + count + " TaskManagers",
                atMost,
                () -> Optional.of(overview()).filter(overview -> overview.taskManagers() == count));
    }

    private void refuseEnded(JobID job, JobStatus status) {
        if (status.isGloballyTerminalState()) {
            throw new IllegalStateException("job " + job + " is " + status
                    + failures(job).stream()
                            .findFirst()
                            .map(failure -> ": " + failure.line())
                            .orElse(""));
        }
    }

    private <T> T await(String otherwise, Duration atMost, Supplier<Optional<T>> probe) {
        long deadline = System.nanoTime() + atMost.toNanos();
        FlinkRestException refused = null;
        while (true) {
            try {
                Optional<T> answer = probe.get();
                if (answer.isPresent()) {
                    return answer.get();
                }
                refused = null;
            } catch (FlinkRestException e) {
                // A JobManager that has just taken over does not know its jobs yet.
                if (!e.isTransient() && !e.isAboutAnUnknownJob()) {
                    throw e;
                }
                refused = e;
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        otherwise + " within " + atMost.toSeconds() + " s"
                                + (refused == null ? "" : "; last: " + refused.getMessage()),
                        refused);
            }
            LockSupport.parkNanos(POLL.toNanos());
            if (Thread.currentThread().isInterrupted()) {
                throw new IllegalStateException("interrupted while waiting for the JobManager");
            }
        }
    }

    /** Takes a savepoint into the cluster's savepoint folder while the job goes on; returns its path. */
    public String savepoint(JobID job, SavepointFormatType format) {
        return awaitSavepoint(
                job,
                http.post("/jobs/" + job + "/savepoints", Map.of("cancel-job", false, "formatType", format.name())),
                TO_ANSWER);
    }

    /** Takes a savepoint into a folder of the caller's choice while the job goes on; returns its path. */
    public String savepoint(JobID job, SavepointFormatType format, String folder, Duration atMost) {
        Map<String, Object> request =
                Map.of("cancel-job", false, "formatType", format.name(), "target-directory", folder);
        return awaitSavepoint(job, http.post("/jobs/" + job + "/savepoints", request), atMost);
    }

    /** Deletes a savepoint, with all its files. */
    public void disposeSavepoint(String path) {
        String request = http.post("/savepoint-disposal", Map.of("savepoint-path", path))
                .path("request-id")
                .asText();
        JsonNode operation = await("the savepoint " + path + " is not disposed of", TO_ANSWER, () -> {
            JsonNode answer = http.get("/savepoint-disposal/" + request);
            boolean completed = answer.path("status").path("id").asText().equals("COMPLETED");
            return completed ? Optional.of(answer.path("operation")) : Optional.empty();
        });
        refuseFailed(operation);
    }

    /**
     * Stops the job with a savepoint in the cluster's savepoint folder, and returns its path once the job has ended.
     *
     * @param drain also sends the end of event time, which fires every window and timer: never if the job is to go on from
     *     the savepoint
     */
    public String stopWithSavepoint(JobID job, boolean drain, SavepointFormatType format) {
        String path = awaitSavepoint(
                job,
                http.post("/jobs/" + job + "/stop", Map.of("drain", drain, "formatType", format.name())),
                TO_ANSWER);
        awaitStatus(job, TO_ANSWER, JobStatus.FINISHED);
        return path;
    }

    /** Stops the job, without draining it, with a savepoint in a folder of the caller's choice; returns its path. */
    public String stopWithSavepoint(JobID job, SavepointFormatType format, String folder, Duration atMost) {
        Map<String, Object> request = Map.of("drain", false, "formatType", format.name(), "targetDirectory", folder);
        String path = awaitSavepoint(job, http.post("/jobs/" + job + "/stop", request), atMost);
        awaitStatus(job, TO_ANSWER, JobStatus.FINISHED);
        return path;
    }

    private String awaitSavepoint(JobID job, JsonNode trigger, Duration atMost) {
        String request = trigger.path("request-id").asText();
        JsonNode operation = await("the savepoint of job " + job + " is not complete", atMost, () -> {
            JsonNode answer = http.get("/jobs/" + job + "/savepoints/" + request);
            boolean completed = answer.path("status").path("id").asText().equals("COMPLETED");
            return completed ? Optional.of(answer.path("operation")) : Optional.empty();
        });
        refuseFailed(operation);
        return operation.path("location").asText();
    }

    private static void refuseFailed(JsonNode operation) {
        if (operation.has("failure-cause")) {
            String stackTrace =
                    operation.path("failure-cause").path("stack-trace").asText();
            throw new FlinkRestException(200, RootCause.line(stackTrace), stackTrace);
        }
    }

    /** Cancels the job and returns when it has ended. */
    public void cancel(JobID job) {
        http.patch("/jobs/" + job + "?mode=cancel");
        awaitStatus(job, TO_ANSWER, JobStatus.CANCELED, JobStatus.FAILED, JobStatus.FINISHED);
    }

    /**
     * Gives each step of the job another parallelism without a savepoint. Only the adaptive scheduler can, so the cluster
     * needs {@code jobmanager.scheduler: adaptive}; elsewhere stop with a savepoint and run again. It happens later, when the
     * options below {@code jobmanager.adaptive-scheduler} allow.
     */
    public void rescale(JobID job, int parallelism) {
        Map<String, Object> requirements = new HashMap<>();
        http.get("/jobs/" + job + "/resource-requirements")
                .fieldNames()
                .forEachRemaining(vertex -> requirements.put(
                        vertex, Map.of("parallelism", Map.of("lowerBound", 1, "upperBound", parallelism))));
        http.put("/jobs/" + job + "/resource-requirements", requirements);
    }

    /** Why the job failed, the newest failure first; Flink keeps the last sixteen. */
    public List<JobFailure> failures(JobID job) {
        return elements(http.get("/jobs/" + job + "/exceptions")
                        .path("exceptionHistory")
                        .path("entries"))
                .map(entry -> new JobFailure(
                        Instant.ofEpochMilli(entry.path("timestamp").asLong()),
                        RootCause.line(entry.path("stacktrace").asText()),
                        Optional.ofNullable(entry.path("taskName").textValue()),
                        labels(entry.path("failureLabels")),
                        entry.path("stacktrace").asText()))
                .toList();
    }

    private static Map<String, String> labels(JsonNode node) {
        Map<String, String> labels = new HashMap<>();
        node.fieldNames()
                .forEachRemaining(name -> labels.put(name, node.path(name).asText()));
        return labels;
    }

    /** How often the job has restarted under its present JobManager, by Flink's metric {@code numRestarts}. */
    public long restarts(JobID job) {
        return (long) metric(job, "numRestarts").orElse(0);
    }

    /** A metric of the job, as Flink's list of metrics names it. */
    public OptionalDouble metric(JobID job, String name) {
        return value(http.get("/jobs/" + job + "/metrics?get=" + encoded(name)), "value");
    }

    /** The sum of a metric over the subtasks of the first step whose name contains the given part. */
    public OptionalDouble metric(JobID job, String partOfVertexName, String name) {
        Vertex vertex = vertices(job).stream()
                .filter(candidate -> candidate.name().contains(partOfVertexName))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "job " + job + " has no step whose name contains '" + partOfVertexName + "'"));
        return value(
                http.get(
                        "/jobs/" + job + "/vertices/" + vertex.id() + "/subtasks/metrics?agg=sum&get=" + encoded(name)),
                "sum");
    }

    /**
     * How many records wait in front of the job's sources, as far as these know: the sum of the metric {@code pendingRecords}.
     * Empty while a subtask of a source has not said it, or if no source ever will.
     */
    public OptionalDouble pendingRecords(JobID job) {
        double sum = 0;
        boolean none = true;
        for (Vertex vertex : vertices(job)) {
            List<String> names = metricNames(job, vertex, ".pendingRecords");
            for (JsonNode metric : names.isEmpty() ? List.<JsonNode>of() : metrics(job, vertex, names, "sum")) {
                sum += metric.path("sum").asDouble();
                none = false;
            }
        }
        return none ? OptionalDouble.empty() : OptionalDouble.of(sum);
    }

    /**
     * The highest value of all metrics of the job and of its subtasks whose names end so, such as {@code latency_median}: of each pair of
     * a source and an operator there is one. Empty if there are none.
     */
    public OptionalDouble highest(JobID job, String endOfName) {
        List<JsonNode> all = new ArrayList<>();
        List<String> ofJob = elements(http.get("/jobs/" + job + "/metrics"))
                .map(metric -> metric.path("id").asText())
                .filter(name -> name.endsWith(endOfName))
                .toList();
        if (!ofJob.isEmpty()) {
            http.get("/jobs/" + job + "/metrics?get="
                            + ofJob.stream().map(FlinkRest::encoded).collect(Collectors.joining(",")))
                    .forEach(metric -> all.add(metric.path("value")));
        }
        for (Vertex vertex : vertices(job)) {
            List<String> names = metricNames(job, vertex, endOfName);
            if (!names.isEmpty()) {
                metrics(job, vertex, names, "max").forEach(metric -> all.add(metric.path("max")));
            }
        }
        return all.stream().mapToDouble(JsonNode::asDouble).max();
    }

    /** How long every subtask of the job's sources has had nothing to read: the least of them. Empty while none has said it. */
    public Optional<Duration> idleFor(JobID job) {
        double least = Double.POSITIVE_INFINITY;
        for (Vertex vertex : vertices(job)) {
            List<String> names = metricNames(job, vertex, ".sourceIdleTime");
            for (JsonNode metric : names.isEmpty() ? List.<JsonNode>of() : metrics(job, vertex, names, "min")) {
                least = Math.min(least, metric.path("min").asDouble());
            }
        }
        return least == Double.POSITIVE_INFINITY ? Optional.empty() : Optional.of(Duration.ofMillis((long) least));
    }

    /**
     * The event time that every operator behind the sources has reached: the lowest of their watermarks. Empty while one has
     * none, or if none has any.
     */
    public Optional<Instant> lowestWatermark(JobID job) {
        double lowest = Double.POSITIVE_INFINITY;
        for (Vertex vertex : vertices(job)) {
            List<String> names = metricNames(job, vertex, ".currentInputWatermark");
            for (JsonNode metric : names.isEmpty() ? List.<JsonNode>of() : metrics(job, vertex, names, "min")) {
                lowest = Math.min(lowest, metric.path("min").asDouble());
            }
        }
        boolean none = lowest == Double.POSITIVE_INFINITY || lowest <= Long.MIN_VALUE;
        return none ? Optional.empty() : Optional.of(Instant.ofEpochMilli((long) lowest));
    }

    private List<String> metricNames(JobID job, Vertex vertex, String end) {
        return elements(http.get("/jobs/" + job + "/vertices/" + vertex.id() + "/subtasks/metrics"))
                .map(metric -> metric.path("id").asText())
                .filter(name -> name.endsWith(end))
                .toList();
    }

    private JsonNode metrics(JobID job, Vertex vertex, List<String> names, String aggregation) {
        return http.get("/jobs/" + job + "/vertices/" + vertex.id() + "/subtasks/metrics?agg=" + aggregation + "&get="
                + names.stream().map(FlinkRest::encoded).collect(Collectors.joining(",")));
    }

    private static OptionalDouble value(JsonNode metrics, String field) {
        return metrics.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(metrics.get(0).path(field).asDouble());
    }

    /** The job's checkpoints. */
    public Checkpoints checkpoints(JobID job) {
        JsonNode checkpoints = http.get("/jobs/" + job + "/checkpoints");
        JsonNode counts = checkpoints.path("counts");
        JsonNode completed = checkpoints.path("latest").path("completed");
        JsonNode restored = checkpoints.path("latest").path("restored");
        return new Checkpoints(
                counts.path("completed").asLong(),
                counts.path("failed").asLong(),
                id(completed),
                completed.has("trigger_timestamp")
                        ? Optional.of(Instant.ofEpochMilli(
                                completed.path("trigger_timestamp").asLong()))
                        : Optional.empty(),
                id(restored),
                Optional.ofNullable(restored.path("external_path").textValue()));
    }

    /** The job's checkpoints one by one, the newest first; Flink keeps {@code web.checkpoints.history} of them. */
    public List<CheckpointRun> checkpointHistory(JobID job) {
        return elements(http.get("/jobs/" + job + "/checkpoints").path("history"))
                .map(checkpoint -> new CheckpointRun(
                        checkpoint.path("id").asLong(),
                        checkpoint.path("is_savepoint").asBoolean(),
                        Instant.ofEpochMilli(
                                checkpoint.path("trigger_timestamp").asLong()),
                        Duration.ofMillis(checkpoint.path("end_to_end_duration").asLong()),
                        checkpoint.path("status").asText(),
                        checkpoint.path("checkpointed_size").asLong()))
                .toList();
    }

    private static OptionalLong id(JsonNode checkpoint) {
        return checkpoint.has("id") ? OptionalLong.of(checkpoint.path("id").asLong()) : OptionalLong.empty();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
