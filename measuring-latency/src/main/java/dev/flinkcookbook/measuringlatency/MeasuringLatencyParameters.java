package dev.flinkcookbook.measuringlatency;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags of {@link MeasuringLatencyJob}. */
@Command(
        name = "measuring-latency",
        sortOptions = false,
        description = "Stamps each event at every stage, so that a reader of the results knows where its time went.",
        usageHelpWidth = 110)
final class MeasuringLatencyParameters {

    private static final Duration LONGEST = Duration.ofDays(1);

    @Option(
            names = "--window",
            paramLabel = "DURATION",
            defaultValue = "0s",
            description = "gather events until the end of a window of processing time; 0s: none (default: 0s)")
    private Duration window;

    @Mixin
    private final KafkaFlags kafka = new KafkaFlags("measuring-latency", "events", "events.stamped");

    private MeasuringLatencyParameters() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException a wrong flag or value, in one line
     */
    static Optional<MeasuringLatencyParameters> from(String... args) {
        MeasuringLatencyParameters parameters = new MeasuringLatencyParameters();
        if (!Flags.parse(parameters, args)) {
            return Optional.empty();
        }
        parameters.validate();
        return Optional.of(parameters);
    }

    private void validate() {
        if (window.isNegative() || window.compareTo(LONGEST) > 0) {
            throw new FlagException("--window", window.toMillis() + "ms", "from 0s to 24h");
        }
        requireOther("--output-topic", kafka.outputTopic(), "--input-topic", kafka.inputTopic());
        requireOther("--dead-letter-topic", kafka.deadLetterTopic(), "--input-topic", kafka.inputTopic());
        requireOther("--dead-letter-topic", kafka.deadLetterTopic(), "--output-topic", kafka.outputTopic());
    }

    private static void requireOther(String flag, String topic, String otherFlag, String otherTopic) {
        if (topic.equals(otherTopic)) {
            throw new FlagException(flag, topic, "another topic than " + otherFlag);
        }
    }

    Duration window() {
        return window;
    }

    KafkaFlags kafka() {
        return kafka;
    }
}
