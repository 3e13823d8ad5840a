package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags of {@link ExactlyOnceJob}. */
@Command(name = "exactly-once", sortOptions = false, description = "Books transfers, exactly once, as ledger entries.")
final class ExactlyOnceParameters {

    /** Kafka keeps it in an int of milliseconds. */
    private static final Duration LONGEST = Duration.ofMillis(Integer.MAX_VALUE);

    @Mixin
    private final KafkaFlags kafka = new KafkaFlags("exactly-once", "transfers", "ledger");

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
    private Duration transactionTimeout;

    private ExactlyOnceParameters() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException one line: a flag that is unknown or wrong
     */
    static Optional<ExactlyOnceParameters> from(String... args) {
        ExactlyOnceParameters parameters = new ExactlyOnceParameters();
        if (!Flags.parse(parameters, args)) {
            return Optional.empty();
        }
        requireAtMost(LONGEST, "--longest-outage", parameters.longestOutage);
        requireAtMost(LONGEST, "--transaction-timeout", parameters.transactionTimeout);
        parameters.requireDifferentTopics();
        parameters.kafka.clientProperties(); // A file that cannot be read is a wrong flag.
        return Optional.of(parameters);
    }

    private static void requireAtMost(Duration longest, String flag, Duration given) {
        if (given.compareTo(longest) > 0) {
            throw new FlagException(flag, given.toMillis() + "ms", "at most " + longest.toMillis() + "ms");
        }
    }

    private void requireDifferentTopics() {
        requireOtherThanInput("--output-topic", kafka.outputTopic());
        requireOtherThanInput("--dead-letter-topic", kafka.deadLetterTopic());
        if (kafka.deadLetterTopic().equals(kafka.outputTopic())) {
            throw new FlagException("--dead-letter-topic", kafka.outputTopic(), "another topic than --output-topic");
        }
    }

    private void requireOtherThanInput(String flag, String topic) {
        if (topic.equals(kafka.inputTopic())) {
            throw new FlagException(flag, topic, "another topic than --input-topic, or the job reads what it writes");
        }
    }

    KafkaFlags kafka() {
        return kafka;
    }

    Duration longestOutage() {
        return longestOutage;
    }

    Duration transactionTimeout() {
        return transactionTimeout;
    }
}
