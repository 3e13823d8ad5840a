package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.changedatacapture.ChangeDataCaptureJob;
import dev.flinkcookbook.deduplication.DeduplicationJob;
import dev.flinkcookbook.exactlyonce.ExactlyOnceJob;
import dev.flinkcookbook.latedata.LateDataJob;
import dev.flinkcookbook.testbed.InProcessFlink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.SavepointFormatType;

/** Runs a job's own main on a MiniCluster in this JVM, with the settings that all variants share. */
final class FlinkRun {

    /** Four slots share it, of which the job takes two: RocksDB gets 256 MB. The default for one JVM is a quarter. */
    private static final MemorySize MANAGED_MEMORY = MemorySize.ofMebiBytes(512);

    /** Of a job that is set for latency; Flink's default is 100 ms. */
    static final Duration SHORT_BUFFER_TIMEOUT = Duration.ofMillis(5);

    private static final long SAVEPOINT_MINUTES = 5;

    /** A job's own main, with its flags. */
    interface Main {
        void run() throws Exception;
    }

    private FlinkRun() {}

    /** Until the bounded job has ended and its last transaction is committed. */
    static void toTheEnd(WorkerTask task) throws Exception {
        try (InProcessFlink flink = InProcessFlink.started(clusterOptions())) {
            flink.install(jobOptions(task));
            runMain(task);
        }
    }

    /** The bytes of all files of a native savepoint, taken when the job has read every record. */
    static long savepointSize(WorkerTask task) throws Exception {
        try (InProcessFlink flink = InProcessFlink.started(clusterOptions())) {
            flink.install(jobOptions(task));
            CompletableFuture<Void> job = started(() -> runMain(task));
            waitUntil(() -> Intake.total() >= task.records(), job);
            Path target = task.folder().resolve("savepoint");
            JobID id = flink.client()
                    .listJobs()
                    .get(1, TimeUnit.MINUTES)
                    .iterator()
                    .next()
                    .getJobId();
            // The barrier runs behind the last record, so every id is in it.
            flink.client()
                    .triggerSavepoint(id, target.toUri().toString(), SavepointFormatType.NATIVE)
                    .get(SAVEPOINT_MINUTES, TimeUnit.MINUTES);
            flink.cancelJobs();
            try {
                job.get(1, TimeUnit.MINUTES);
            } catch (ExecutionException cancelled) {
                // That is how a cancelled job ends.
            }
            return size(target);
        }
    }

    /** Until this JVM ends, or the job fails. */
    static void untilKilled(WorkerTask task, Runnable whenRunning) throws Exception {
        untilKilled(jobOptions(task), () -> runMain(task), whenRunning);
    }

    /** The same of any main. */
    static void untilKilled(Configuration jobOptions, Main main, Runnable whenRunning) throws Exception {
        try (InProcessFlink flink = InProcessFlink.started(clusterOptions())) {
            flink.install(jobOptions);
            CompletableFuture<Void> job = started(main);
            waitUntil(() -> isRunning(flink), job);
            whenRunning.run();
            job.get();
        }
    }

    private static CompletableFuture<Void> started(Main main) {
        return CompletableFuture.runAsync(() -> {
            try {
                main.run();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static boolean isRunning(InProcessFlink flink) throws Exception {
        return flink.client().listJobs().get(1, TimeUnit.MINUTES).stream()
                .anyMatch(job -> job.getJobState() == JobStatus.RUNNING);
    }

    private static void waitUntil(Callable<Boolean> condition, CompletableFuture<Void> job) throws Exception {
        while (!condition.call()) {
            if (job.isDone()) {
                job.get();
                throw new IllegalStateException("the job has ended by itself");
            }
            Thread.sleep(100);
        }
    }

    private static long size(Path folder) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    private static Configuration clusterOptions() {
        Configuration options = new Configuration();
        options.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MANAGED_MEMORY);
        options.setString("metrics.reporters", "intake");
        options.setString("metrics.reporter.intake.factory.class", IntakeReporterFactory.class.getName());
        return options;
    }

    private static Configuration jobOptions(WorkerTask task) {
        Configuration options = new Configuration();
        options.set(CoreOptions.DEFAULT_PARALLELISM, WorkerTask.PARTITIONS);
        options.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, task.checkpointInterval());
        options.set(StateBackendOptions.STATE_BACKEND, task.variant().stateBackend());
        // Not Flink's default, but nobody runs RocksDB without it: SQL as it comes has it too.
        options.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
        options.setString(
                "state.backend.rocksdb.use-bloom-filter",
                Boolean.toString(task.variant().isTuned()));
        options.setString(
                "state.backend.rocksdb.compaction.style", task.variant().isTuned() ? "UNIVERSAL" : "LEVEL");
        options.setString(
                "state.backend.rocksdb.memory.partitioned-index-filters",
                Boolean.toString(task.variant().isTuned()));
        options.set(PipelineOptions.OBJECT_REUSE, task.objectReuse());
        if (task.variant() == Variant.LEDGER_UPSERT) {
            options.set(ExecutionOptions.BUFFER_TIMEOUT, SHORT_BUFFER_TIMEOUT);
        }
        if (task.variant().isSql()) {
            options.set(PipelineOptions.AUTO_GENERATE_UIDS, true);
        }
        return options;
    }

    private static void runMain(WorkerTask task) throws Exception {
        switch (task.variant().engine()) {
            case PASS_THROUGH ->
                PassThroughJob.main(kafkaFlags(task, "pass-through").toArray(String[]::new));
            case RECIPE -> DeduplicationJob.main(recipeFlags(task).toArray(String[]::new));
            case SQL -> new SqlDeduplication(task).run();
            case LEDGER -> ExactlyOnceJob.main(ledgerFlags(task).toArray(String[]::new));
            case WINDOWS -> LateDataJob.main(windowFlags(task).toArray(String[]::new));
            case SQL_TUMBLE -> new SqlTumble(task).run();
            case VIEW -> ChangeDataCaptureJob.main(viewFlags(task).toArray(String[]::new));
            case SQL_UPSERT -> new SqlUpsert(task).run();
            case NONE, PLAIN -> throw new IllegalArgumentException(task.variant() + " does not run on Flink");
        }
    }

    private static List<String> recipeFlags(WorkerTask task) {
        List<String> flags = kafkaFlags(task, "deduplication");
        flags.addAll(List.of("--id-field", "/paymentId"));
        flags.addAll(List.of("--retention", WorkerTask.RETENTION.toHours() + "h"));
        flags.addAll(List.of("--dead-letter-topic", task.deadLetterTopic()));
        flags.add("--create-topics");
        if (task.variant() == Variant.RECIPE_APPROXIMATE) {
            flags.addAll(List.of("--strategy", "approximate", "--expected-ids", Long.toString(task.ids())));
        }
        return flags;
    }

    private static List<String> ledgerFlags(WorkerTask task) {
        List<String> flags = kafkaFlags(task, "exactly-once");
        flags.addAll(List.of("--delivery", task.variant().isExactlyOnce() ? "exactly-once" : "at-least-once"));
        flags.addAll(List.of("--dead-letter-topic", task.deadLetterTopic()));
        flags.add("--create-topics");
        return flags;
    }

    private static List<String> windowFlags(WorkerTask task) {
        List<String> flags = kafkaFlags(task, "late-data");
        flags.addAll(List.of("--late-topic", task.lateTopic()));
        flags.addAll(List.of("--dead-letter-topic", task.deadLetterTopic()));
        flags.add("--create-topics");
        flags.addAll(task.jobFlags());
        return flags;
    }

    private static List<String> viewFlags(WorkerTask task) {
        List<String> flags = kafkaFlags(task, "change-data-capture");
        flags.addAll(List.of("--outputs", "views"));
        flags.addAll(List.of("--dead-letter-topic", task.deadLetterTopic()));
        flags.add("--create-topics");
        return flags;
    }

    private static List<String> kafkaFlags(WorkerTask task, String group) {
        List<String> flags = new ArrayList<>(List.of(
                "--bootstrap-servers", task.bootstrapServers(),
                "--input-topic", task.inputTopic(),
                "--output-topic", task.outputTopic(),
                "--kafka-properties", task.clientProperties().toString(),
                "--group-id", group + "-" + task.outputTopic()));
        if (task.work() == WorkerTask.Work.TO_THE_END) {
            flags.add("--bounded");
        }
        return flags;
    }
}
