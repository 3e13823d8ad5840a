package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.FlagException;
import java.time.Duration;
import picocli.CommandLine.Option;

/** The flags of a job with transactions: how long one may be open, and how long it has to be. */
final class TransactionFlags {

    /** Kafka keeps it in an int of milliseconds. */
    private static final Duration LONGEST = Duration.ofMillis(Integer.MAX_VALUE);

    @Option(
            names = "--longest-outage",
            paramLabel = "DURATION",
            defaultValue = "3m",
            description = "how long the job may be down and lose nothing (default: ${DEFAULT-VALUE})")
    private Duration longestOutage;

    @Option(
            names = "--transaction-timeout",
            paramLabel = "DURATION",
            defaultValue = "15m",
            description = "after which the broker aborts what the job has not committed (default: ${DEFAULT-VALUE},"
                    + " which is a broker's default maximum)")
    private Duration timeout;

    /** @throws FlagException one line: a duration that Kafka cannot hold */
    void validate() {
        requireAtMost(LONGEST, "--longest-outage", longestOutage);
        requireAtMost(LONGEST, "--transaction-timeout", timeout);
    }

    private static void requireAtMost(Duration longest, String flag, Duration given) {
        if (given.compareTo(longest) > 0) {
            throw new FlagException(flag, given.toMillis() + "ms", "at most " + longest.toMillis() + "ms");
        }
    }

    Duration longestOutage() {
        return longestOutage;
    }

    /** {@code transaction.timeout.ms} of the producers. */
    Duration timeout() {
        return timeout;
    }
}
