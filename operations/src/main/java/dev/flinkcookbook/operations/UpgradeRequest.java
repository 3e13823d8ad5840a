package dev.flinkcookbook.operations;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.flink.core.execution.SavepointFormatType;

/**
 * What is to be done, as the flags say it.
 *
 * @param newVersion its parallelism is 0 if it is to be that of the running job
 * @param oldVersion what to go back to, if the caller has told; its parallelism is that of the running job
 * @param trialFlags of the job, in place of those of the same name, for a trial restore
 * @param watch how long the new version must be healthy
 * @param toStart in which all its tasks must run
 * @param forSavepoint in which a savepoint must be complete
 * @param cutOverAt from which event time on the output of the new version counts
 * @param toCatchUp in which the new version must have caught up
 * @param maxLag how many records may wait in front of it then
 */
record UpgradeRequest(
        String jobManager,
        String jobName,
        JarVersion newVersion,
        Optional<JarVersion> oldVersion,
        String savepointFolder,
        SavepointFormatType format,
        Optional<List<String>> trialFlags,
        boolean allowNonRestoredState,
        boolean allowRepeats,
        Duration watch,
        Duration toStart,
        Duration forSavepoint,
        Instant cutOverAt,
        Duration toCatchUp,
        long maxLag) {}
