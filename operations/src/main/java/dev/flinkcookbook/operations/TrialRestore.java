package dev.flinkcookbook.operations;

import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.FlinkRestException;
import dev.flinkcookbook.testbed.JarRun;
import java.io.IOException;
import java.util.Optional;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.RecoveryClaimMode;

/**
 * Tries what nobody can know before: state serializers meet the state when operators open. The new version is started from a
 * snapshot of the old one, which goes on, with output topics of its own; it must complete a checkpoint, and is cancelled.
 */
final class TrialRestore {
    private final UpgradeRequest request;
    private final FlinkRest rest;
    private final JobWatch jobs;
    private final Situation situation;

    TrialRestore(UpgradeRequest request, FlinkRest rest, JobWatch jobs, Situation situation) {
        this.request = request;
        this.rest = rest;
        this.jobs = jobs;
        this.situation = situation;
    }

    /** @throws IllegalStateException why the new version could not go on from the snapshot */
    String run(Preparation.Ready newVersion, Snapshot snapshot) throws IOException {
        JarRun how = newVersion
                .version()
                .withFlags(JobFlags.replaced(
                        newVersion.version().flags(), request.trialFlags().orElseThrow()))
                .run()
                .fromSavepoint(snapshot.withoutSinks())
                .claimMode(RecoveryClaimMode.NO_CLAIM);
        if (request.allowNonRestoredState()) {
            how.allowNonRestoredState();
        }
        situation.is(
                Ending.Kind.NEEDS_A_PERSON,
                "job '" + request.jobName() + "' runs as before; a trial of the new version is being submitted",
                "cancel the trial if it runs, delete its topics, and the savepoint " + snapshot.path());
        JobID trial = submit(newVersion.jarId(), how, snapshot);
        situation.is(
                Ending.Kind.REFUSED,
                "job '" + request.jobName() + "' runs as before; trial job " + trial + " is being cancelled",
                "delete the trial's topics, and the savepoint " + snapshot.path(),
                () -> rest.cancel(trial));
        Optional<String> failure;
        try {
            failure = jobs.watch("trial", trial, request.toStart(), request.toStart(), true);
        } finally {
            cancel(trial);
        }
        snapshot.forgetWithoutSinks();
        if (failure.isPresent()) {
            throw new IllegalStateException(failure.get());
        }
        return "job " + trial + " took the state over and completed a checkpoint; cancelled";
    }

    private JobID submit(String jarId, JarRun how, Snapshot snapshot) throws IOException {
        try {
            return rest.run(jarId, how);
        } catch (FlinkRestException e) {
            if (!e.isTransient()) { // Else it may run all the same.
                situation.is(
                        Ending.Kind.REFUSED,
                        "job '" + request.jobName() + "' runs as before; the trial did not start",
                        "delete the trial's topics");
                snapshot.forgetWithoutSinks();
            }
            throw new IllegalStateException("it did not start: " + e.getMessage(), e);
        }
    }

    private void cancel(JobID trial) {
        try {
            if (!rest.status(trial).isGloballyTerminalState()) {
                rest.cancel(trial);
            }
        } catch (RuntimeException e) {
            situation.is(
                    Ending.Kind.NEEDS_A_PERSON,
                    "job '" + request.jobName() + "' runs as before; trial job " + trial + " could not be cancelled",
                    "cancel it, and delete its topics");
            throw new IllegalStateException(situation.text() + ": " + e.getMessage(), e);
        }
    }
}
