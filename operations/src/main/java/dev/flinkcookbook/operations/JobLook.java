package dev.flinkcookbook.operations;

import dev.flinkcookbook.testbed.FlinkRest.JobFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.flink.api.common.JobStatus;

/**
 * What a JobManager says of a job at one moment.
 *
 * @param now by the JobManager's clock, as all times are
 * @param waitingTasks tasks that have no slot yet
 * @param failures the newest first; Flink keeps the last sixteen
 * @param checkpoints empty if the job takes none
 * @param pendingRecords that the sources have not read yet; empty if they do not say
 * @param growth of these in records a second; negative while the job catches up
 * @param steps sources first
 */
record JobLook(
        String name,
        JobStatus status,
        Instant now,
        int waitingTasks,
        List<JobFailure> failures,
        Optional<Checkpointing> checkpoints,
        OptionalLong pendingRecords,
        long growth,
        List<Step> steps) {

    /**
     * @param failedInARow the newest ones, up to the last that was completed
     * @param lastFailure why the newest one failed
     * @param inProgress how long the present one has been at it
     * @param lastDuration of the last that was completed
     * @param longestAlignment of a task in that one
     */
    record Checkpointing(
            Duration interval,
            long completed,
            int failedInARow,
            String lastFailure,
            Optional<Duration> inProgress,
            Optional<Duration> lastDuration,
            Duration longestAlignment) {}

    /**
     * @param backPressured milliseconds of a second that its slowest subtask waits for those behind it
     * @param busy milliseconds of a second that its busiest subtask works
     */
    record Step(String name, long backPressured, long busy) {}
}
