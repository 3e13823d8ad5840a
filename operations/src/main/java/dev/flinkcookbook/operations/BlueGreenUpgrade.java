package dev.flinkcookbook.operations;

import dev.flinkcookbook.operations.Checks.Found;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.FlinkRestException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobID;

/**
 * Starts the new version beside the old one, with topics of its own and without its state. When it has caught up, and both have
 * passed the event time of the cut, it retires the old one. Until then it goes back by cancelling the new one.
 */
final class BlueGreenUpgrade {
    private static final Duration POLL = Duration.ofMillis(500);

    /** The new version is in the way no longer: it has failed, or the time is over. */
    private static final class GiveUp extends RuntimeException {
        GiveUp(String why) {
            super(why);
        }
    }

    private final UpgradeRequest request;
    private final FlinkRest rest;
    private final Display display;
    private final Situation situation;
    private final Checks checks;
    private final Preparation preparation;
    private final JobWatch jobs;

    BlueGreenUpgrade(UpgradeRequest request, FlinkRest rest, Display display, Situation situation) {
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
        checks.check("event-time", () -> {
            Instant watermark = rest.lowestWatermark(v1)
                    .orElseThrow(() -> new IllegalStateException("the running job has no watermarks, so nobody can say"
                            + " whether its output has passed the cut"));
            return new Found<>(watermark, "the running job has reached " + watermark);
        });
        Optional<Preparation.Ready> newVersion = preparation.version("new", request.newVersion(), v1);
        try {
            newVersion.ifPresent(ready -> preparation.slots(
                    "slots", ready.graph().slots(), cluster.get().freeSlots()));
            return checks.refusals().isEmpty() ? replace(v1, newVersion.get()) : refused();
        } finally {
            newVersion.ifPresent(preparation::forget);
        }
    }

    private Ending refused() {
        return Ending.of(Ending.Kind.REFUSED, String.join("; ", checks.refusals()));
    }

    private Ending replace(JobID v1, Preparation.Ready newVersion) {
        situation.is(
                Ending.Kind.NEEDS_A_PERSON,
                "the old version, job " + v1 + ", runs as before; the new one is being submitted",
                "cancel the new version if it runs");
        display.step("starts the new version beside the old one");
        JobID v2;
        try {
            v2 = rest.run(newVersion.jarId(), newVersion.run());
        } catch (FlinkRestException e) {
            if (e.isTransient()) {
                throw e; // It may have been submitted all the same.
            }
            return Ending.of(Ending.Kind.ROLLED_BACK, "the new version was refused: " + e.getMessage());
        }
        situation.is(
                Ending.Kind.ROLLED_BACK,
                "the old version, job " + v1 + ", runs as before; the new one, job " + v2 + ", is being cancelled",
                "leave consumers at the old version's output; delete that of the new one",
                () -> rest.cancel(v2));
        try {
            awaitHealthy(v2);
            double lag = awaitCaughtUp(v2);
            awaitPassed("old version", v1, v2);
            awaitPassed("new version", v2, v2);
            // What both had written when they had passed the cut is committed with a checkpoint that begins after it.
            rest.awaitCheckpoint(v1, request.toStart());
            rest.awaitCheckpoint(v2, request.toStart());
            refuseFailed(v2);
            display.say("cut-over=" + request.cutOverAt() + " lag=" + (long) lag + " old_passed=true new_passed=true");
        } catch (RuntimeException e) {
            return goBack(v2, e.getMessage());
        }
        return retire(v1, v2);
    }

    private void awaitHealthy(JobID v2) {
        jobs.watch("new version", v2, request.toStart(), request.watch(), false).ifPresent(failure -> {
            throw new GiveUp(failure);
        });
    }

    /** Twice in a row few records wait, with a checkpoint in between: a source knows its lag only from what it has fetched. */
    private double awaitCaughtUp(JobID v2) {
        display.step("waits until the new version has caught up");
        long deadline = System.nanoTime() + request.toCatchUp().toNanos();
        boolean before = false;
        while (true) {
            refuseFailed(v2);
            OptionalDouble lag = rest.pendingRecords(v2);
            display.show("new version: "
                    + (lag.isPresent()
                            ? (long) lag.getAsDouble() + " records behind"
                            : "its sources do not say their lag"));
            boolean few = lag.isPresent() && lag.getAsDouble() <= request.maxLag();
            if (few && before) {
                return lag.getAsDouble();
            }
            refuseLate(
                    deadline,
                    "it has not caught up: "
                            + (lag.isPresent()
                                    ? (long) lag.getAsDouble() + " records behind"
                                    : "its sources have no pendingRecords"));
            before = few;
            if (few) {
                rest.awaitCheckpoint(v2, request.toStart());
            } else {
                LockSupport.parkNanos(POLL.toNanos());
            }
        }
    }

    private void awaitPassed(String name, JobID job, JobID v2) {
        display.step("waits until the " + name + " has passed " + request.cutOverAt());
        long deadline = System.nanoTime() + request.toCatchUp().toNanos();
        while (true) {
            refuseFailed(v2);
            Optional<Instant> reached = rest.lowestWatermark(job);
            // A watermark says that nothing up to it is to come; the output of the cut itself may be.
            if (reached.filter(watermark -> !watermark.isBefore(request.cutOverAt()))
                    .isPresent()) {
                return;
            }
            String where = reached.map(watermark -> "is at " + watermark).orElse("has no watermark");
            display.show(name + ": " + where);
            refuseLate(deadline, "the " + name + " has not passed the cut: it " + where);
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private void refuseFailed(JobID v2) {
        jobs.failure(v2).ifPresent(failure -> {
            throw new GiveUp(failure);
        });
    }

    private static void refuseLate(long deadline, String otherwise) {
        if (System.nanoTime() > deadline) {
            throw new GiveUp(otherwise);
        }
    }

    private Ending goBack(JobID v2, String why) {
        display.step("cancels the new version: " + why);
        try {
            if (!rest.status(v2).isGloballyTerminalState()) {
                rest.cancel(v2);
            }
        } catch (RuntimeException e) {
            return Ending.of(
                            Ending.Kind.NEEDS_A_PERSON,
                            why + "; and the new version could not be cancelled: " + e.getMessage()
                                    + "; the old one was not touched")
                    .with("new_job", v2);
        }
        return Ending.of(
                        Ending.Kind.ROLLED_BACK,
                        "the new version is cancelled: " + why + "; the old one runs as before")
                .with("new_job", v2);
    }

    private Ending retire(JobID v1, JobID v2) {
        situation.is(
                Ending.Kind.NEEDS_A_PERSON,
                "both versions have passed " + request.cutOverAt() + "; the old one, job " + v1
                        + ", was told to stop with a savepoint; the new one is job " + v2,
                "if the old one runs still, stop it; consumers read the new version's output from the cut on");
        display.step("retires the old version with a savepoint");
        try {
            String savepoint =
                    rest.stopWithSavepoint(v1, request.format(), request.savepointFolder(), request.forSavepoint());
            return Ending.of(Ending.Kind.DONE, "consumers read the new version's output from the cut on")
                    .with("savepoint", savepoint)
                    .with("new_job", v2)
                    .with("cut_over_at", request.cutOverAt());
        } catch (RuntimeException e) {
            return Ending.of(
                            Ending.Kind.NEEDS_A_PERSON,
                            "the old version could not be stopped: " + e.getMessage() + "; " + situation.text())
                    .with("new_job", v2);
        }
    }
}
