package dev.flinkcookbook.failingwell;

import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.apache.flink.streaming.api.functions.async.AsyncRetryPredicate;
import org.apache.flink.streaming.api.functions.async.AsyncRetryStrategy;

/**
 * How often and when a failed screening is tried again: each pause twice as long as the one before, up to the longest, and
 * up to a quarter shorter by chance, so that those who failed together do not come back together.
 *
 * <p>Flink's own exponential strategy keeps the last pause in a field that all records of a task share, and takes its number
 * of attempts for a number of retries; here a pause depends on the record's own attempts alone.
 */
final class Backoff implements AsyncRetryStrategy<Screening> {

    private static final double JITTER = 0.25;

    private final int attempts;
    private final long firstMillis;
    private final long longestMillis;

    /** @param attempts in all, the first included */
    Backoff(int attempts, Duration first, Duration longest) {
        this.attempts = attempts;
        this.firstMillis = first.toMillis();
        this.longestMillis = longest.toMillis();
    }

    int attempts() {
        return attempts;
    }

    /** Whether there is a further attempt after so many. */
    @Override
    public boolean canRetry(int attemptsSoFar) {
        return attemptsSoFar < attempts;
    }

    @Override
    public long getBackoffTimeMillis(int attemptsSoFar) {
        double shorter = JITTER * ThreadLocalRandom.current().nextDouble();
        return Math.max(1, Math.round(longestPause(attemptsSoFar) * (1 - shorter)));
    }

    /** The pause after so many attempts, before chance. */
    long longestPause(int attemptsSoFar) {
        return (long) Math.min(longestMillis, firstMillis * Math.pow(2, attemptsSoFar - 1));
    }

    @Override
    public AsyncRetryPredicate<Screening> getRetryPredicate() {
        return new AsyncRetryPredicate<>() {
            @Override
            public Optional<Predicate<Collection<Screening>>> resultPredicate() {
                return Optional.of(screenings -> screenings.stream().anyMatch(Screening::hasFailed));
            }

            @Override
            public Optional<Predicate<Throwable>> exceptionPredicate() {
                return Optional.empty(); // An exception is a bug: once is enough.
            }
        };
    }
}
