package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.FlagException;
import java.time.Duration;
import java.util.Optional;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.util.TimeUtils;

/**
 * Whether a transaction outlives what it has to wait for. It is opened when one checkpoint begins and committed when the next
 * is complete; if the job is down by then, after the job has come back. Whatever the broker has aborted before is lost, and
 * nobody is told: the checkpoint says that it was written.
 *
 * <p>Savepoints are not in the sum, for nobody knows how many there will be: while one is taken, no checkpoint begins. Who
 * takes them from a job that is slow adds the checkpoint timeout to the longest outage, once for each.
 *
 * @param untilTheNextCheckpoint from the begin of one to the begin of the next that does not fail, at the longest
 * @param checkpointTimeout how long that one may take
 * @param longestOutage how long the job may then be down
 * @param transactionTimeout {@code transaction.timeout.ms} of the producer
 */
record TransactionTimeouts(
        Duration untilTheNextCheckpoint,
        Duration checkpointTimeout,
        Duration longestOutage,
        Duration transactionTimeout) {

    static TransactionTimeouts of(CheckpointConfig checkpoints, TransactionFlags flags) {
        Duration interval = Duration.ofMillis(checkpoints.getCheckpointInterval());
        Duration timeout = Duration.ofMillis(checkpoints.getCheckpointTimeout());
        // A slow checkpoint holds up the next one, so under load the interval says nothing.
        Duration slow = timeout.plusMillis(checkpoints.getMinPauseBetweenCheckpoints());
        Duration untilTheNext = interval.compareTo(slow) > 0 ? interval : slow;
        // What a failed checkpoint would have committed waits for the next.
        long attempts = 1L + checkpoints.getTolerableCheckpointFailureNumber();
        return new TransactionTimeouts(
                untilTheNext.multipliedBy(attempts), timeout, flags.longestOutage(), flags.timeout());
    }

    /**
     * Refuses what would lose data in an outage.
     *
     * @param brokersMaximum {@code transaction.max.timeout.ms}; empty if the broker does not tell us
     * @throws FlagException one line with all the durations
     */
    void require(Optional<Duration> brokersMaximum) {
        brokersMaximum.ifPresent(maximum -> {
            if (transactionTimeout.compareTo(maximum) > 0) {
                throw new FlagException(
                        "--transaction-timeout",
                        text(transactionTimeout),
                        "at most the broker's transaction.max.timeout.ms, " + text(maximum));
            }
        });
        Duration needed = untilTheNextCheckpoint.plus(checkpointTimeout).plus(longestOutage);
        if (transactionTimeout.compareTo(needed) <= 0) {
            throw new FlagException(
                    "--transaction-timeout",
                    text(transactionTimeout),
                    "more than the longest wait for a checkpoint " + text(untilTheNextCheckpoint)
                            + " + checkpoint timeout " + text(checkpointTimeout) + " + --longest-outage "
                            + text(longestOutage) + ": an outage of that length would lose data");
        }
    }

    private static String text(Duration duration) {
        return TimeUtils.formatWithHighestUnit(duration).replace(" ", "");
    }
}
