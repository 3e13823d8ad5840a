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
            defaultValue = "1s",
            description = "gather events until the end of a window of event time; 0s: none (default: 1s)")
    private Duration window;

    @Option(
            names = "--out-of-orderness",
            paramLabel = "DURATION",
            defaultValue = "100ms",
            description = "how far the watermark stays behind the newest event (default: 100ms)")
    private Duration outOfOrderness;

    @Option(
            names = "--idle-after",
            paramLabel = "DURATION",
            defaultValue = "1m",
            description =
                    "a partition that is silent for so long does not hold up the others; 0s: it does (default: 1m)")
    private Duration idleAfter;

    @Option(
            names = "--processing-time",
            paramLabel = "DURATION",
            defaultValue = "0s",
            description = "what user code takes for each event; with more than the job can take, watch in-kafka grow"
                    + " (default: 0s)")
    private Duration processingTime;

    @Option(
            names = "--measure-one-in",
            paramLabel = "N",
            defaultValue = "1",
            description = "events of each subtask that get stamps; 0: none (default: 1)")
    private int measureOneIn;

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
        requireUpToADay("--window", window);
        requireUpToADay("--out-of-orderness", outOfOrderness);
        requireUpToADay("--idle-after", idleAfter);
        requireUpToADay("--processing-time", processingTime);
        if (measureOneIn < 0) {
            throw new FlagException("--measure-one-in", Integer.toString(measureOneIn), "0 or more");
        }
        requireOther("--output-topic", kafka.outputTopic(), "--input-topic", kafka.inputTopic());
        requireOther("--dead-letter-topic", kafka.deadLetterTopic(), "--input-topic", kafka.inputTopic());
        requireOther("--dead-letter-topic", kafka.deadLetterTopic(), "--output-topic", kafka.outputTopic());
    }

    private static void requireUpToADay(String flag, Duration value) {
        if (value.isNegative() || value.compareTo(LONGEST) > 0) {
            throw new FlagException(flag, value.toMillis() + "ms", "from 0s to 24h");
        }
    }

    private static void requireOther(String flag, String topic, String otherFlag, String otherTopic) {
        if (topic.equals(otherTopic)) {
            throw new FlagException(flag, topic, "another topic than " + otherFlag);
        }
    }

    Duration window() {
        return window;
    }

    Duration outOfOrderness() {
        return outOfOrderness;
    }

    Duration idleAfter() {
        return idleAfter;
    }

    Duration processingTime() {
        return processingTime;
    }

    int measureOneIn() {
        return measureOneIn;
    }

    KafkaFlags kafka() {
        return kafka;
    }
}
