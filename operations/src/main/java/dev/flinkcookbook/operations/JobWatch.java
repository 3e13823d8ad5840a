package dev.flinkcookbook.operations;

import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.FlinkRestException;
import dev.flinkcookbook.testbed.RootCause;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;

/** Watches a job that was just started: it must run with all its tasks, complete a checkpoint, and not restart. */
final class JobWatch {
    private static final String CAUSED_BY = "\nCaused by: ";
    private static final Duration POLL = Duration.ofMillis(250);

    /** Longer than Flink's web.refresh-interval. */
    private static final Duration FOR_THE_REASON = Duration.ofSeconds(5);

    /** How long nobody may answer; another JobManager may be about to take over. */
    private static final Duration SILENCE = Duration.ofMinutes(2);

    private final FlinkRest rest;
    private final Display display;

    JobWatch(FlinkRest rest, Display display) {
        this.rest = rest;
        this.display = display;
    }

    /**
     * Watches for so long from the moment on at which all tasks run.
     *
     * @param name to show
     * @param toStart in which all tasks must run
     * @param untilCheckpoint ends with the first checkpoint that is complete, if it comes within the time
     * @return why the job is not healthy; empty if it is
     */
    Optional<String> watch(String name, JobID job, Duration toStart, Duration watch, boolean untilCheckpoint) {
        long now = System.nanoTime();
        long mustRunBy = now + toStart.toNanos();
        long ends = 0;
        long answered = now;
        while (true) {
            now = System.nanoTime();
            try {
                Optional<String> failure = failure(job);
                if (failure.isPresent()) {
                    return failure;
                }
                long completed = rest.checkpoints(job).completed();
                if (ends == 0 && rest.isRunning(job)) {
                    ends = now + watch.toNanos();
                }
                if (ends == 0 && now > mustRunBy) {
                    return Optional.of("not all its tasks run after " + toStart.toSeconds() + " s");
                }
                if (ends != 0 && completed > 0 && (untilCheckpoint || now > ends)) {
                    return rest.isRunning(job) ? Optional.empty() : Optional.of("not all its tasks run any more");
                }
                if (ends != 0 && now > ends) {
                    return Optional.of("it has completed no checkpoint in " + watch.toSeconds() + " s");
                }
                display.show(name + ": "
                        + (ends == 0
                                ? rest.status(job).toString().toLowerCase(Locale.ROOT) + ", waits for its tasks"
                                : "running, checkpoints completed " + completed + ", " + left(ends - now) + " left"));
                answered = now;
            } catch (FlinkRestException e) {
                if (!e.isTransient() || now - answered > SILENCE.toNanos()) {
                    throw e;
                }
                display.show(name + ": " + e.getMessage());
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private static String left(long nanos) {
        return Duration.ofNanos(nanos).toSeconds() + " s";
    }

    /** Why the job has failed or restarted; empty if it never did. */
    Optional<String> failure(JobID job) {
        JobStatus status = rest.status(job);
        boolean ended = status.isGloballyTerminalState();
        Optional<String> reason = reason(job);
        if (reason.isEmpty() && (ended || rest.restarts(job) > 0)) {
            // The JobManager answers what has failed from a cache, some seconds old.
            long deadline = System.nanoTime() + FOR_THE_REASON.toNanos();
            while (reason.isEmpty() && System.nanoTime() < deadline) {
                LockSupport.parkNanos(POLL.toNanos());
                reason = reason(job);
            }
            reason = ended ? reason : reason.or(() -> Optional.of("it has restarted, and nothing says why"));
        }
        return ended
                ? Optional.of(
                        "it is " + status + reason.map(line -> ": " + line).orElse(""))
                : reason;
    }

    private Optional<String> reason(JobID job) {
        return rest.failures(job).stream()
                .findFirst()
                .map(failure -> line(failure)
                        + failure.task().map(task -> " (in " + task + ")").orElse(""));
    }

    /** The first cause that says something, and the last one: of state that does not fit only that says what is wrong. */
    private static String line(FlinkRest.JobFailure failure) {
        int last = failure.stackTrace().lastIndexOf(CAUSED_BY);
        String deepest = last < 0 ? "" : RootCause.line(failure.stackTrace().substring(last + CAUSED_BY.length()));
        return deepest.isEmpty() || deepest.equals(failure.line()) ? failure.line() : failure.line() + ": " + deepest;
    }

    /** Whether the job has ever completed a checkpoint of its own, so that its sinks have committed. */
    boolean hasCompletedACheckpoint(JobID job, String startedFrom) {
        FlinkRest.Checkpoints checkpoints = rest.checkpoints(job);
        // Counts are those of the present JobManager; one before it may have completed what this one has restored.
        return checkpoints.completed() > 0
                || checkpoints
                        .restoredFrom()
                        .filter(path -> !samePath(path, startedFrom))
                        .isPresent();
    }

    private static boolean samePath(String one, String other) {
        return one.replaceFirst("/+$", "").equals(other.replaceFirst("/+$", ""));
    }
}
