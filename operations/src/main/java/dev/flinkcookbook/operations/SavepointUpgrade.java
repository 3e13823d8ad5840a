package dev.flinkcookbook.operations;

import dev.flinkcookbook.operations.Checks.Found;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.FlinkRestException;
import dev.flinkcookbook.testbed.JarRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.RecoveryClaimMode;

/** Stops the old version with a savepoint, starts the new one from it, and goes back while that repeats no output. */
final class SavepointUpgrade {
    private final UpgradeRequest request;
    private final FlinkRest rest;
    private final Display display;
    private final Situation situation;
    private final Checks checks;
    private final Preparation preparation;
    private final JobWatch jobs;

    SavepointUpgrade(UpgradeRequest request, FlinkRest rest, Display display, Situation situation) {
        this.request = request;
        this.rest = rest;
        this.display = display;
        this.situation = situation;
        this.checks = new Checks(display);
        this.preparation = new Preparation(request, rest, checks, display);
        this.jobs = new JobWatch(rest, display);
    }

    Ending run() {
        Optional<FlinkRest.Overview> cluster = preparation.cluster();
        Optional<JobID> running = cluster.flatMap(unused -> preparation.runningJob());
        if (running.isEmpty()) {
            return refused();
        }
        JobID v1 = running.get();
        Optional<Preparation.Ready> newVersion = preparation.version("new", request.newVersion(), v1);
        Optional<Preparation.Ready> oldVersion =
                request.oldVersion().flatMap(version -> preparation.version("old", version, v1));
        try {
            if (newVersion.isPresent() && oldVersion.isPresent()) {
                checkGraphs(cluster.get(), v1, newVersion.get(), oldVersion.get());
            }
            if (!checks.refusals().isEmpty()) {
                return refused();
            }
            checkAgainstTheState(v1, newVersion.get());
            if (!checks.refusals().isEmpty()) {
                return refused();
            }
            return replace(v1, oldVersion.get(), newVersion.get());
        } finally {
            newVersion.ifPresent(preparation::forget);
            oldVersion.ifPresent(preparation::forget);
        }
    }

    private Ending refused() {
        // Unless a trial is left behind.
        return Ending.of(situation.ifInterrupted(), String.join("; ", checks.refusals()));
    }

    private void checkGraphs(
            FlinkRest.Overview cluster, JobID v1, Preparation.Ready newVersion, Preparation.Ready oldVersion) {
        preparation.sameGraph(oldVersion, v1);
        preparation.slots(
                "slots",
                newVersion.graph().slots(),
                cluster.freeSlots() + oldVersion.graph().slots());
        if (request.trialFlags().isPresent()) {
            preparation.slots("trial-slots", newVersion.graph().slots(), cluster.freeSlots());
        }
    }

    /** What the new version makes of the state of a savepoint for which the old one is not stopped. */
    private void checkAgainstTheState(JobID v1, Preparation.Ready newVersion) {
        situation.is(
                Ending.Kind.REFUSED,
                "job '" + request.jobName() + "' runs as before; a savepoint of it was begun",
                "delete what is new in " + request.savepointFolder());
        Optional<Snapshot> snapshot = checks.check("snapshot", () -> {
            display.step("takes a savepoint of the running job");
            Snapshot taken = Snapshot.read(
                    rest.savepoint(v1, request.format(), request.savepointFolder(), request.forSavepoint()));
            return new Found<>(taken, taken.path());
        });
        if (snapshot.isEmpty()) {
            return;
        }
        checks.check("state", () -> {
            Fit.Result fit = Fit.of(newVersion.graph(), snapshot.get().withState());
            List<String> refusals = new ArrayList<>(fit.refusals());
            if (!request.allowNonRestoredState()) {
                fit.dropped().forEach(line -> refusals.add(line + " (--allow-non-restored-state drops it)"));
            }
            if (!refusals.isEmpty()) {
                throw new IllegalStateException(String.join("; ", refusals));
            }
            return new Found<>(
                    fit,
                    fit.dropped().isEmpty()
                            ? "the new version has an operator for all "
                                    + snapshot.get().withState().size()
                            : "dropped, as allowed: " + String.join("; ", fit.dropped()));
        });
        if (request.trialFlags().isEmpty()) {
            checks.notMade("trial", "whether its serializers can read the state was not tried; --trial-flags does");
        } else if (checks.refusals().isEmpty()) {
            checks.check("trial", () -> {
                display.step("starts the new version beside the old one, for a trial");
                TrialRestore trial = new TrialRestore(request, rest, jobs, situation);
                return new Found<>("", trial.run(newVersion, snapshot.get()));
            });
        }
        try {
            rest.disposeSavepoint(snapshot.get().path());
        } catch (RuntimeException e) {
            display.step("could not delete the savepoint " + snapshot.get().path() + ": " + e.getMessage());
        }
    }

    private Ending replace(JobID v1, Preparation.Ready oldVersion, Preparation.Ready newVersion) {
        situation.is(
                Ending.Kind.NEEDS_A_PERSON,
                "job " + v1 + " was told to stop with a savepoint in " + request.savepointFolder(),
                "if it does not run any more, start " + oldVersion.version().jar()
                        + " from the newest savepoint in that folder");
        display.step("stops job " + v1 + " with a savepoint");
        String savepoint;
        try {
            savepoint = rest.stopWithSavepoint(v1, request.format(), request.savepointFolder(), request.forSavepoint());
        } catch (FlinkRestException e) {
            if (e.isTransient()) {
                throw e; // It may have been told all the same.
            }
            return notStopped(v1, e.getMessage());
        }
        display.say("savepoint=" + savepoint);
        try {
            return deploy(savepoint, oldVersion, newVersion).with("savepoint", savepoint);
        } catch (RuntimeException e) {
            return Ending.of(Ending.Kind.NEEDS_A_PERSON, e.getMessage() + "; " + situation.text())
                    .with("savepoint", savepoint);
        }
    }

    /** Where a savepoint has failed, Flink lets the job go on. */
    private Ending notStopped(JobID v1, String why) {
        boolean goesOn;
        try {
            rest.awaitRunning(v1, request.toStart());
            goesOn = true;
        } catch (RuntimeException e) {
            goesOn = false;
        }
        return goesOn
                ? Ending.of(Ending.Kind.ROLLED_BACK, "no savepoint: " + why + "; the old version goes on")
                : Ending.of(Ending.Kind.NEEDS_A_PERSON, "no savepoint: " + why + "; " + situation.text());
    }

    private Ending deploy(String savepoint, Preparation.Ready oldVersion, Preparation.Ready newVersion) {
        String startOld = "start " + oldVersion.version().jar() + " from " + savepoint;
        situation.is(
                Ending.Kind.NEEDS_A_PERSON,
                "the old version is stopped, the new one is being submitted",
                "cancel the new version if it runs, then " + startOld
                        + "; not if it has completed a checkpoint: its output is committed");
        display.step("starts the new version from it");
        JobID v2;
        try {
            v2 = rest.run(newVersion.jarId(), fromSavepoint(newVersion, savepoint));
        } catch (FlinkRestException e) {
            if (e.isTransient()) {
                throw e; // It may have been submitted all the same.
            }
            return goBack(savepoint, oldVersion, Optional.empty(), "the new version was refused: " + e.getMessage());
        }
        situation.is(
                Ending.Kind.NEEDS_A_PERSON,
                "the old version is stopped, the new one is job " + v2 + " and not yet known to be healthy",
                "if it is not, and has completed no checkpoint, cancel it and " + startOld);
        display.step("watches job " + v2);
        Optional<String> failure = jobs.watch("new version", v2, request.toStart(), request.watch(), false);
        if (failure.isEmpty()) {
            return Ending.of(Ending.Kind.DONE, "job " + v2 + " is healthy; delete " + savepoint + " when you want")
                    .with("new_job", v2)
                    .with("checkpoints", rest.checkpoints(v2).completed());
        }
        return judge(savepoint, oldVersion, v2, failure.get());
    }

    private JarRun fromSavepoint(Preparation.Ready version, String savepoint) {
        JarRun how = version.run().fromSavepoint(savepoint).claimMode(RecoveryClaimMode.NO_CLAIM);
        return request.allowNonRestoredState() ? how.allowNonRestoredState() : how;
    }

    private Ending judge(String savepoint, Preparation.Ready oldVersion, JobID v2, String failure) {
        boolean committed = jobs.hasCompletedACheckpoint(v2, savepoint);
        if (committed && !request.allowRepeats()) {
            return committed(v2, failure, "It is left as it is");
        }
        if (!rest.status(v2).isGloballyTerminalState()) {
            display.step("cancels job " + v2 + ": " + failure);
            rest.cancel(v2);
        }
        // Its first checkpoint may have been complete a moment before it was cancelled.
        if (!committed && jobs.hasCompletedACheckpoint(v2, savepoint)) {
            committed = true;
            if (!request.allowRepeats()) {
                return committed(v2, failure, "It was cancelled");
            }
        }
        return goBack(savepoint, oldVersion, Optional.of(v2), failure).with("repeats", committed);
    }

    private static Ending committed(JobID v2, String failure, String whatNow) {
        return Ending.of(
                        Ending.Kind.NEEDS_A_PERSON,
                        "the new version has failed: " + failure + ". It has completed a checkpoint, so its output is"
                                + " committed, and going back would repeat that. " + whatNow
                                + ": mend it, or go back with"
                                + " --allow-repeats in mind")
                .with("new_job", v2);
    }

    private Ending goBack(String savepoint, Preparation.Ready oldVersion, Optional<JobID> v2, String failure) {
        situation.is(
                Ending.Kind.NEEDS_A_PERSON,
                "both versions are stopped, the old one is being submitted",
                "if it does not run, start " + oldVersion.version().jar() + " from " + savepoint);
        display.step("goes back to the old version: " + failure);
        JobID again = rest.run(
                oldVersion.jarId(), oldVersion.run().fromSavepoint(savepoint).claimMode(RecoveryClaimMode.NO_CLAIM));
        Optional<String> failsToo = jobs.watch("old version", again, request.toStart(), request.toStart(), true);
        Ending ending = failsToo.isEmpty()
                ? Ending.of(
                        Ending.Kind.ROLLED_BACK, "the new version has failed: " + failure + "; the old one runs again")
                : Ending.of(
                        Ending.Kind.NEEDS_A_PERSON,
                        "the new version has failed: " + failure + "; and the old one too: " + failsToo.get());
        v2.ifPresent(id -> ending.with("new_job", id));
        return ending.with("old_job", again);
    }
}
