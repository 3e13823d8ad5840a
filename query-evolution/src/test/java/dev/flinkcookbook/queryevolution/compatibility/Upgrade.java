package dev.flinkcookbook.queryevolution.compatibility;

import dev.flinkcookbook.testbed.FailureMessage;
import dev.flinkcookbook.testbed.FlinkExtension;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.client.program.ClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.awaitility.Awaitility;

/**
 * Runs a query, takes a snapshot of it, and starts another query from that. Each has a class loader of its own with the classes that
 * its source was compiled to, as two jars on a session cluster have.
 */
final class Upgrade {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Of a message, so much stands in a row. */
    private static final int MESSAGE = 200;

    /** What the second query starts from. */
    enum Snapshot {
        CANONICAL_SAVEPOINT,
        NATIVE_SAVEPOINT,
        CHECKPOINT,
        /** While events stand before the operator, which it has not seen. */
        CHECKPOINT_WITH_RECORDS_IN_FLIGHT
    }

    /**
     * What became of it.
     *
     * @param failure the message of what made it fail; null if it did not
     * @param inTheOldJob whether it was the first query that has failed, when the snapshot was taken
     * @param results what the second query has written, sorted
     */
    record Outcome(String failure, boolean inTheOldJob, List<String> results) {

        static Outcome failed(String message) {
            return new Outcome(message, false, List.of());
        }

        static Outcome finished(List<String> results) {
            return new Outcome(null, false, results.stream().sorted().toList());
        }
    }

    private final FlinkExtension flink;
    private final Path folder;
    private final Map<String, Path> compiled = new HashMap<>();

    /** @param folder for classes and snapshots */
    Upgrade(FlinkExtension flink, Path folder) {
        this.flink = flink;
        this.folder = folder;
    }

    Outcome run(
            Query before,
            List<Event> eventsBefore,
            Snapshot snapshot,
            Query after,
            List<Event> eventsAfter,
            boolean lenient)
            throws Exception {
        String path;
        try {
            path = snapshotOf(before, eventsBefore, snapshot);
        } catch (FailedToSnapshot e) {
            return new Outcome(e.getMessage(), true, List.of());
        }
        return startFrom(path, after, eventsAfter, lenient);
    }

    /** What the query writes that starts without a snapshot. */
    List<String> anew(Query query, List<Event> events) throws Exception {
        Outcome outcome = startFrom(null, query, events, false);
        if (outcome.failure() != null) {
            throw new IllegalStateException(outcome.failure());
        }
        return outcome.results();
    }

    private static final class FailedToSnapshot extends Exception {
        FailedToSnapshot(String message) {
            super(message);
        }
    }

    private String snapshotOf(Query query, List<Event> events, Snapshot snapshot) throws Exception {
        EventFeed feed = new EventFeed(events, false);
        boolean inFlight = snapshot == Snapshot.CHECKPOINT_WITH_RECORDS_IN_FLIGHT;
        if (inFlight) {
            Gate.close();
        } else {
            Gate.open();
        }
        try {
            // Else Flink takes a checkpoint of its own as soon as the job runs, and the one that is asked for waits for
            // that.
            Configuration noOtherCheckpoint = new Configuration();
            noOtherCheckpoint.setString("execution.checkpointing.min-pause", "1h");
            JobID job = execute(query, feed, new Collected<>(), noOtherCheckpoint);
            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> {
                        requireAlive(job);
                        return feed.hasEmittedAll();
                    });
            String path = inFlight ? checkpointWithRecordsInFlight(job, events.size()) : snapshotOf(job, snapshot);
            Gate.open();
            cancel(job);
            return path;
        } finally {
            for (var job : flink.client().listJobs().get()) {
                cancel(job.getJobId());
            }
        }
    }

    private void requireAlive(JobID job) throws Exception {
        if (flink.client().getJobStatus(job).get() == JobStatus.FAILED) {
            throw new IllegalStateException(
                    "the query before the change fails",
                    flink.client()
                            .requestJobResult(job)
                            .get()
                            .getSerializedThrowable()
                            .orElse(null));
        }
    }

    private String snapshotOf(JobID job, Snapshot snapshot) throws Exception {
        ClusterClient<?> client = flink.client();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                if (snapshot == Snapshot.CHECKPOINT) {
                    return pathOf(
                            job,
                            client.triggerCheckpoint(job, CheckpointType.CONFIGURED)
                                    .get());
                }
                SavepointFormatType format = snapshot == Snapshot.NATIVE_SAVEPOINT
                        ? SavepointFormatType.NATIVE
                        : SavepointFormatType.CANONICAL;
                return client.triggerSavepoint(
                                job, folder.resolve("savepoints").toUri().toString(), format)
                        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (Exception e) {
                if (client.getJobStatus(job).get().isGloballyTerminalState()) {
                    throw new FailedToSnapshot(FailureMessage.of(whyItEnded(job), MESSAGE));
                }
                // Not all tasks are running yet, or the job is about to end.
                if (System.nanoTime() > deadline) {
                    throw e;
                }
            }
        }
    }

    private Throwable whyItEnded(JobID job) throws Exception {
        return flink.client()
                .requestJobResult(job)
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .getSerializedThrowable()
                .orElseThrow();
    }

    private String checkpointWithRecordsInFlight(JobID job, int events) throws Exception {
        CompletableFuture<Long> checkpoint = new CompletableFuture<>();
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> {
            int barriers = Gate.barriers();
            var triggered = flink.client().triggerCheckpoint(job, CheckpointType.CONFIGURED);
            Awaitility.await().until(() -> triggered.isDone() || Gate.barriers() > barriers);
            // The operator answers between two events.
            while (!triggered.isDone() && Gate.passed() < events / 2) {
                int passed = Gate.passed();
                Gate.letThrough(1);
                Awaitility.await().until(() -> triggered.isDone() || Gate.passed() > passed);
            }
            return triggered
                    .handle((id, failure) -> failure == null && checkpoint.complete(id))
                    .get();
        });
        if (Gate.passed() >= events) {
            throw new IllegalStateException("all events were seen before the checkpoint, none was in flight");
        }
        return pathOf(job, checkpoint.get());
    }

    private String pathOf(JobID job, long checkpoint) {
        return checkpoints()
                .resolve(job.toString())
                .resolve("chk-" + checkpoint)
                .toUri()
                .toString();
    }

    private Path checkpoints() {
        return folder.resolve("checkpoints");
    }

    private Outcome startFrom(String path, Query query, List<Event> events, boolean lenient) throws Exception {
        Configuration recovery = new Configuration();
        // The input ends. Tasks would wait for one more checkpoint, and where the first one is still under way it comes
        // in an hour.
        recovery.setString("execution.checkpointing.checkpoints-after-tasks-finish", "false");
        if (path != null) {
            recovery.setString("execution.state-recovery.path", path);
            recovery.setString("execution.state-recovery.ignore-unclaimed-state", Boolean.toString(lenient));
        }
        Collected<String> results = new Collected<>();
        JobID job;
        try {
            job = execute(query, new EventFeed(events, true), results, recovery);
        } catch (Exception e) {
            return Outcome.failed(FailureMessage.of(e, MESSAGE));
        }
        var result = flink.client().requestJobResult(job).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (result.getSerializedThrowable().isPresent()) {
            return Outcome.failed(
                    FailureMessage.of(result.getSerializedThrowable().get(), MESSAGE));
        }
        return Outcome.finished(results.records());
    }

    @SuppressWarnings({"try", "deprecation"
    }) // The loader is closed before it would be used again; addSource is what EventFeed needs.
    private JobID execute(Query query, EventFeed feed, Collected<String> results, Configuration recovery)
            throws Exception {
        Configuration settings = new Configuration(recovery);
        settings.setString("execution.checkpointing.interval", "1h");
        settings.setString("execution.checkpointing.dir", checkpoints().toUri().toString());
        settings.setString("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
        settings.setString("parallelism.default", "1");
        query.settings().forEach(settings::setString);
        Path classes = compile(query.source());
        settings.setString("pipeline.classpaths", classes.toUri().toString());

        ClassLoader own = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, own)) {
            Thread.currentThread().setContextClassLoader(loader);
            StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(settings);
            environment.configure(settings, loader);
            DataStream<Event> events =
                    environment.addSource(feed).setParallelism(1).uid("source");
            loader.loadClass(Query.CLASS)
                    .getMethod("define", DataStream.class, Sink.class)
                    .invoke(null, events, results);
            return environment.executeAsync("query").getJobID();
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } finally {
            Thread.currentThread().setContextClassLoader(own);
        }
    }

    private Path compile(String source) throws IOException {
        Path known = compiled.get(source);
        if (known != null) {
            return known;
        }
        Path classes = Files.createTempDirectory(folder, "classes");
        Path file = Files.writeString(classes.resolve(Query.CLASS + ".java"), source);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        int exitCode = compiler.run(
                null,
                null,
                null,
                "-nowarn",
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString(),
                file.toString());
        if (exitCode != 0) {
            throw new IllegalArgumentException("does not compile:\n" + source);
        }
        compiled.put(source, classes);
        return classes;
    }

    private void cancel(JobID job) throws Exception {
        flink.client().cancel(job).handle((acknowledge, alreadyEnded) -> null).get();
        flink.client().requestJobResult(job).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
}
