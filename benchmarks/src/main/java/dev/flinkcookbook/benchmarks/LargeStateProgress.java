package dev.flinkcookbook.benchmarks;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * How far the one {@link LargeStateJob} of this JVM may go, and what came out of it. It is the job's remote control: both
 * are in one JVM, and a new instance of the job finds it again.
 */
final class LargeStateProgress {
    private static CompletableFuture<Void> opened = new CompletableFuture<>();
    private static long position;
    private static long limit;
    private static long lapStart;
    private static long outputs;
    private static long inLap;
    private static long changesInLap;
    private static long lastIndexInLap;
    private static long[] firstOutput = new long[LargeStateJob.PARALLELISM];
    private static volatile long delayNanos;

    private LargeStateProgress() {}

    /**
     * Before a job starts: forgets the outputs of the one before.
     *
     * @param newPosition at most the new limit; the source says better as soon as it has passed its first change
     * @param newLapStart from this change on it is summed up what they have found
     */
    static synchronized void begin(long newPosition, long newLimit, long newLapStart) {
        position = newPosition;
        lapStart = newLapStart;
        outputs = 0;
        inLap = 0;
        changesInLap = 0;
        lastIndexInLap = 0;
        firstOutput = new long[LargeStateJob.PARALLELISM];
        delayNanos = 0;
        openUntil(newLimit);
    }

    /** Lets the source pass all changes below this one. */
    static synchronized void openUntil(long newLimit) {
        limit = newLimit;
        if (position < limit) { // Who waits takes the end of its wait for one change's leave.
            CompletableFuture<Void> before = opened;
            opened = new CompletableFuture<>();
            before.complete(null);
        }
    }

    /** Lets the source pass nothing more, but for the one change that may be on its way. */
    static synchronized void shut() {
        limit = position;
    }

    /** How long each change takes from now on: a slow call, as to a database. */
    static void delay(Duration each) {
        delayNanos = each.toNanos();
    }

    static long delayNanos() {
        return delayNanos;
    }

    static synchronized CompletionStage<Void> mayGoOn() {
        return position < limit ? CompletableFuture.completedFuture(null) : opened;
    }

    static synchronized void passed(long index) {
        position = index + 1;
    }

    static synchronized void came(int subtask, LargeStateJob.Replaced replaced) {
        outputs++;
        if (firstOutput[subtask] == 0) {
            firstOutput[subtask] = System.nanoTime();
        }
        if (replaced.index() >= lapStart) {
            inLap++;
            changesInLap += replaced.changes();
            lastIndexInLap += replaced.lastIndex();
        }
    }

    /** How many changes the source has passed, over all jobs that went on from one another. */
    static synchronized long position() {
        return position;
    }

    static synchronized long limit() {
        return limit;
    }

    /** Of this job. */
    static synchronized long outputs() {
        return outputs;
    }

    static synchronized long inLap() {
        return inLap;
    }

    /** The sum of how often the keys had been changed before the lap. */
    static synchronized long changesInLap() {
        return changesInLap;
    }

    /** The sum of the last changes of the keys before the lap. */
    static synchronized long lastIndexInLap() {
        return lastIndexInLap;
    }

    /** When the last of the subtasks gave its first output, 0 if one of them has not yet. */
    static synchronized long usableSince() {
        long latest = 0;
        for (long first : firstOutput) {
            if (first == 0) {
                return 0;
            }
            latest = Math.max(latest, first);
        }
        return latest;
    }
}
