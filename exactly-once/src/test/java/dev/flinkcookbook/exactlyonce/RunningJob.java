package dev.flinkcookbook.exactlyonce;

import static dev.flinkcookbook.exactlyonce.JobOnKafka.PATIENCE;

import dev.flinkcookbook.testbed.TopicReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.program.ClusterClient;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.SavepointFormatType;

/** A job that was started: what it has written so far, its checkpoints, its end. */
final class RunningJob {

    private final JobOnKafka job;
    private final ClusterClient<?> client;
    private final JobID id;
    private final CompletableFuture<Void> main;

    RunningJob(JobOnKafka job, ClusterClient<?> client, JobID id, CompletableFuture<Void> main) {
        this.job = job;
        this.client = client;
        this.id = id;
        this.main = main;
    }

    JobStatus status() throws Exception {
        return client.getJobStatus(id).get();
    }

    /** Waits until so many sides of transfers stand in the ledger, committed or not, and however often. */
    RunningJob hasWritten(int sides) {
        JobOnKafka.patiently().until(() -> {
            failIfItHasFailed();
            return job.uncommitted().stream().map(JobOnKafka::side).distinct().count() >= sides;
        });
        return this;
    }

    /** Waits until consumers that respect transactions see so many entries. */
    RunningJob hasCommitted(int entries) {
        TopicReader.awaitCommitted(job.servers(), job.ledger(), entries, PATIENCE);
        return this;
    }

    /** Takes a checkpoint now; while the job is not yet running (again), this is tried until it is. */
    RunningJob checkpoint() {
        JobOnKafka.patiently().ignoreExceptions().until(() -> {
            beginCheckpoint().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return true;
        });
        return this;
    }

    /** Of a job that runs; the answer comes when the checkpoint is complete. */
    CompletableFuture<Long> beginCheckpoint() {
        return client.triggerCheckpoint(id, CheckpointType.CONFIGURED);
    }

    /** One that the job does not stop for. */
    String savepoint() throws Exception {
        return client.triggerSavepoint(id, null, SavepointFormatType.CANONICAL)
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** Ends the job and returns the savepoint. */
    String stop() throws Exception {
        String savepoint = client.stopWithSavepoint(id, false, null, SavepointFormatType.CANONICAL)
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        main.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return savepoint;
    }

    /** Ends the job without a savepoint, and returns when it has ended. */
    void cancel() throws Exception {
        client.cancel(id).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        awaitTheEnd();
    }

    /** What the job failed with, outermost first. */
    List<Throwable> failure() throws Exception {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = awaitTheEnd(); cause != null; cause = cause.getCause()) {
            causes.add(cause);
        }
        return causes;
    }

    private Throwable awaitTheEnd() throws Exception {
        return main.handle((unused, failure) -> failure).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private void failIfItHasFailed() {
        if (main.isDone()) {
            main.join();
            throw new AssertionError("the job has ended");
        }
    }
}
