package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.FlagException;
import java.time.Duration;
import java.util.Optional;
import org.apache.flink.util.TimeUtils;

/**
 * Whether a transaction outlives what it has to wait for. It is opened when the previous checkpoint begins and committed when
 * its own is complete; if the job is down by then, after the job has come back. Whatever the broker has aborted before is
 * lost, and nobody is told: the checkpoint says that it was written.
 *
 * @param checkpointInterval how long records are written into one transaction
 * @param checkpointTimeout how long its checkpoint may take
 * @param longestOutage how long the job may then be down
 * @param transactionTimeout {@code transaction.timeout.ms} of the producer
 */
record TransactionTimeouts(
        Duration checkpointInterval, Duration checkpointTimeout, Duration longestOutage, Duration transactionTimeout) {

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
        Duration needed = checkpointInterval.plus(checkpointTimeout).plus(longestOutage);
        if (transactionTimeout.compareTo(needed) <= 0) {
            throw new FlagException(
                    "--transaction-timeout",
                    text(transactionTimeout),
                    "more than checkpoint interval " + text(checkpointInterval) + " + checkpoint timeout "
                            + text(checkpointTimeout) + " + --longest-outage " + text(longestOutage)
                            + ": an outage of that length would lose data");
        }
    }

    private static String text(Duration duration) {
        return TimeUtils.formatWithHighestUnit(duration).replace(" ", "");
    }
}
