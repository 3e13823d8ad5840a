package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.testbed.InProcessFlink;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;

/** A cluster in this JVM with one {@link LargeStateJob} on it, of which snapshots are taken and restored. */
final class LargeStateRun implements AutoCloseable {

    /** Four slots share it, of which the job takes two: RocksDB gets 256 MB. */
    private static final MemorySize MANAGED_MEMORY = MemorySize.ofMebiBytes(512);

    /** Of a change under back pressure. */
    static final Duration SLOW_CALL = Duration.ofMillis(2);

    /** More changes than are processed while a snapshot is taken under back pressure. */
    private static final long BACKLOG = 1_000_000;

    private static final int MOST_CHECKPOINTS = 1_000;

    private static final Duration NEVER = Duration.ofDays(1);
    private static final Duration POLL = Duration.ofMillis(10);
    private static final Duration UNTIL_STEADY = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /**
     * A snapshot that is there.
     *
     * @param position how many changes the source had passed when all was processed that is in it or behind it
     */
    record Taken(SnapshotKind kind, Path path, long position, double millis, long bytes, long inFlightBytes) {}

    /**
     * A snapshot that was restored, and then read by one change of each key.
     *
     * @param changes the sum of how often each key had been changed
     * @param lastIndex the sum of the keys' last changes
     */
    record Restored(double usableMillis, double readMillis, long changes, long lastIndex) {}

    private final SnapshotTask task;
    private final Path snapshots;
    private final InProcessFlink flink;
    private JobID job;
    private int savepoints;

    LargeStateRun(SnapshotTask task) throws IOException {
        this.task = task;
        this.snapshots = Files.createDirectories(task.folder().resolve("snapshots"));
        Configuration options = new Configuration();
        options.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MANAGED_MEMORY);
        // All of them stay: what is new in the folder is what the newest has written.
        options.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, MOST_CHECKPOINTS);
        this.flink = InProcessFlink.started(options);
    }

    /** Starts the job and fills its state: each key has one change. */
    void fill() throws Exception {
        flink.install(jobOptions(task.setting()));
        LargeStateProgress.begin(0, 0, Long.MAX_VALUE);
        job = LargeStateJob.start(task.keys()).getJobID();
        // Flink takes the first checkpoint at once, whatever the interval: it is to have nothing in it.
        await(() -> Files.exists(snapshots.resolve(job.toString()).resolve("chk-1/_metadata")));
        LargeStateProgress.openUntil(task.keys());
        await(() -> LargeStateProgress.outputs() == task.keys());
    }

    /** Changes the next keys, and returns when that is done. */
    void change(long keys) throws Exception {
        long limit = LargeStateProgress.limit() + keys;
        LargeStateProgress.openUntil(limit);
        await(() -> LargeStateProgress.outputs() == limit);
    }

    /** Takes a snapshot; nothing is on its way then, unless the setting is a busy one. */
    Taken take(SnapshotKind kind) throws Exception {
        if (task.setting().isBusy()) {
            LargeStateProgress.delay(SLOW_CALL);
            LargeStateProgress.openUntil(LargeStateProgress.limit() + BACKLOG);
            awaitFullBuffers();
        }
        Map<Path, Long> before = files();
        long start = System.nanoTime();
        Path path = trigger(kind);
        double millis = millisSince(start);
        if (task.setting().isBusy()) {
            LargeStateProgress.shut();
            LargeStateProgress.delay(Duration.ZERO);
            await(() -> LargeStateProgress.position() == LargeStateProgress.outputs());
            LargeStateProgress.shut(); // Behind the one that was on its way.
        }
        Map<Path, Long> written = files();
        written.keySet().removeAll(before.keySet());
        long bytes = written.values().stream().mapToLong(Long::longValue).sum();
        return new Taken(kind, path, LargeStateProgress.position(), millis, bytes, inFlightBytes(path));
    }

    private Path trigger(SnapshotKind kind) throws Exception {
        return switch (kind) {
            case CANONICAL_SAVEPOINT -> savepoint(SavepointFormatType.CANONICAL);
            case NATIVE_SAVEPOINT -> savepoint(SavepointFormatType.NATIVE);
            case FULL_CHECKPOINT -> checkpoint(CheckpointType.FULL);
            case INCREMENTAL_CHECKPOINT -> checkpoint(CheckpointType.INCREMENTAL);
        };
    }

    private Path savepoint(SavepointFormatType format) throws Exception {
        Path target = snapshots.resolve("savepoints-" + ++savepoints);
        String path = flink.client()
                .triggerSavepoint(job, target.toUri().toString(), format)
                .get(PATIENCE.toMinutes(), TimeUnit.MINUTES);
        return Path.of(URI.create(path).getPath());
    }

    private Path checkpoint(CheckpointType type) throws Exception {
        long id = flink.client().triggerCheckpoint(job, type).get(PATIENCE.toMinutes(), TimeUnit.MINUTES);
        return snapshots.resolve(job.toString()).resolve("chk-" + id);
    }

    /** Under back pressure the changes between the operators become more until every buffer is full. */
    private void awaitFullBuffers() throws Exception {
        long before = -1;
        long now = 0;
        while (now == 0 || now > before * 1.01) {
            TimeUnit.MILLISECONDS.sleep(UNTIL_STEADY.toMillis());
            requireRunning();
            before = now;
            now = LargeStateProgress.position() - LargeStateProgress.outputs();
        }
    }

    private Map<Path, Long> files() throws IOException {
        Map<Path, Long> sizes = new HashMap<>();
        try (Stream<Path> found = Files.walk(snapshots)) {
            for (Path file : found.filter(Files::isRegularFile).toList()) {
                sizes.put(file, Files.size(file));
            }
        }
        return sizes;
    }

    /** As the snapshot's own metadata say. */
    private static long inFlightBytes(Path snapshot) throws IOException {
        try (DataInputStream in = new DataInputStream(Files.newInputStream(snapshot.resolve("_metadata")))) {
            CheckpointMetadata metadata = Checkpoints.loadCheckpointMetadata(
                    in, LargeStateRun.class.getClassLoader(), snapshot.toUri().toString());
            return metadata.getOperatorStates().stream()
                    .flatMap(operator -> operator.getStates().stream())
                    .mapToLong(LargeStateRun::inFlightBytes)
                    .sum();
        }
    }

    private static long inFlightBytes(OperatorSubtaskState subtask) {
        return subtask.getInputChannelState().getStateSize()
                + subtask.getResultSubpartitionState().getStateSize();
    }

    /** Ends the job; its snapshots stay. */
    void stop() {
        flink.cancelJobs();
    }

    /** Starts the job from the snapshot, changes each key once, and ends it. */
    Restored restore(Taken snapshot, SnapshotSetting as) throws Exception {
        Configuration options = jobOptions(as);
        options.set(StateRecoveryOptions.SAVEPOINT_PATH, snapshot.path().toUri().toString());
        flink.install(options);
        LargeStateProgress.begin(snapshot.position(), snapshot.position() + task.keys(), snapshot.position());
        long start = System.nanoTime();
        job = LargeStateJob.start(task.keys()).getJobID();
        await(() -> LargeStateProgress.inLap() == task.keys());
        double readMillis = millisSince(start);
        double usableMillis = (LargeStateProgress.usableSince() - start) / 1e6;
        Restored restored = new Restored(
                usableMillis, readMillis, LargeStateProgress.changesInLap(), LargeStateProgress.lastIndexInLap());
        stop();
        delete(snapshots.resolve(job.toString())); // Its first checkpoint, which is a full one.
        return restored;
    }

    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private Configuration jobOptions(SnapshotSetting setting) {
        Configuration options = new Configuration();
        options.set(CoreOptions.DEFAULT_PARALLELISM, LargeStateJob.PARALLELISM);
        options.set(StateBackendOptions.STATE_BACKEND, setting.stateBackend());
        options.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, setting.isIncremental());
        options.set(CheckpointingOptions.ENABLE_UNALIGNED, setting.isUnaligned());
        options.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY, snapshots.toUri().toString());
        // Only those that are asked for, and all of them stay: what is new in the folder is what the newest has
        // written.
        options.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, NEVER);
        options.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, PATIENCE);
        options.set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        return options;
    }

    private void await(BooleanSupplier condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            requireRunning();
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the job does not get on: %d changes passed of %d, %d outputs"
                        .formatted(
                                LargeStateProgress.position(),
                                LargeStateProgress.limit(),
                                LargeStateProgress.outputs()));
            }
            TimeUnit.MILLISECONDS.sleep(POLL.toMillis());
        }
    }

    private void requireRunning() throws Exception {
        if (flink.client().getJobStatus(job).get(1, TimeUnit.MINUTES).isGloballyTerminalState()) {
            throw new IllegalStateException(
                    "the job has ended",
                    flink.client()
                            .requestJobResult(job)
                            .get(1, TimeUnit.MINUTES)
                            .getSerializedThrowable()
                            .orElse(null));
        }
    }

    private static double millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e6;
    }

    @Override
    public void close() {
        flink.close();
    }
}
