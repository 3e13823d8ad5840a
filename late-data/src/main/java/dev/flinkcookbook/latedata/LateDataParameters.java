package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.util.TimeUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags of {@link LateDataJob}. */
@Command(
        name = "late-data",
        sortOptions = false,
        description = "Sums up sensor readings in windows; late ones refine a result or go to a topic of their own.",
        usageHelpWidth = 110)
final class LateDataParameters {

    /** A century: longer is a slip of the pen, and sums of such a duration with a time could overflow. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private static final Duration SHORTEST = Duration.ofMillis(1);

    @Option(
            names = "--window",
            paramLabel = "DURATION",
            defaultValue = "1m",
            description = "the length of a window (default: ${DEFAULT-VALUE})")
    private Duration window;

    @Option(
            names = "--out-of-orderness",
            paramLabel = "DURATION",
            defaultValue = "10s",
            description = "how far readings of a partition may be out of order and still be on time, which is how long"
                    + " results wait (default: ${DEFAULT-VALUE})")
    private Duration outOfOrderness;

    @Option(
            names = "--allowed-lateness",
            paramLabel = "DURATION",
            defaultValue = "1m",
            description = "how long after that a published result is refined (default: ${DEFAULT-VALUE})")
    private Duration allowedLateness;

    @Option(
            names = "--late-topic",
            paramLabel = "TOPIC",
            description = "what comes still later (default: <input-topic>.late)")
    private String lateTopic;

    @Option(
            names = "--max-clock-skew",
            paramLabel = "DURATION",
            defaultValue = "1m",
            description = "how far a reading may be ahead of the record's Kafka timestamp; beyond, it is a dead letter"
                    + " (default: ${DEFAULT-VALUE})")
    private Duration maxClockSkew;

    @Option(
            names = "--idle-after",
            paramLabel = "DURATION",
            defaultValue = "10s",
            description =
                    "a partition that is silent for so long does not hold up the others (default: ${DEFAULT-VALUE})")
    private Duration idleAfter;

    @Option(
            names = "--max-partition-drift",
            paramLabel = "DURATION",
            defaultValue = "5m",
            description = "how far one partition may be read ahead of the slowest (default: ${DEFAULT-VALUE})")
    private Duration maxPartitionDrift;

    @Mixin
    private final KafkaFlags kafka = new KafkaFlags("late-data", "readings", "readings.windows");

    private LateDataParameters() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException a wrong flag or value, in one line
     */
    static Optional<LateDataParameters> from(String... args) {
        LateDataParameters parameters = new LateDataParameters();
        if (!Flags.parse(parameters, args)) {
            return Optional.empty();
        }
        parameters.validate();
        return Optional.of(parameters);
    }

    private void validate() {
        requireBetween(SHORTEST, "--window", window);
        requireBetween(Duration.ZERO, "--out-of-orderness", outOfOrderness);
        requireBetween(Duration.ZERO, "--allowed-lateness", allowedLateness);
        requireBetween(Duration.ZERO, "--max-clock-skew", maxClockSkew);
        requireBetween(SHORTEST, "--idle-after", idleAfter);
        requireBetween(SHORTEST, "--max-partition-drift", maxPartitionDrift);
        Map<String, String> topics = new LinkedHashMap<>();
        requireAnother(topics, "--input-topic", kafka.inputTopic());
        requireAnother(topics, "--output-topic", kafka.outputTopic());
        requireAnother(topics, "--late-topic", lateTopic());
        requireAnother(topics, "--dead-letter-topic", kafka.deadLetterTopic());
        kafka.clientProperties(); // A file that cannot be read is a wrong flag.
    }

    static void requireBetween(Duration least, String flag, Duration given) {
        if (given.compareTo(least) < 0) {
            throw new FlagException(flag, text(given), "at least " + text(least));
        }
        if (given.compareTo(LONGEST) > 0) {
            throw new FlagException(flag, text(given), "at most " + text(LONGEST));
        }
    }

    private static String text(Duration duration) {
        return TimeUtils.formatWithHighestUnit(duration).replace(" ", "");
    }

    /** @param topics those that are taken, with the flag that has taken them */
    static void requireAnother(Map<String, String> topics, String flag, String topic) {
        String taken = topics.putIfAbsent(topic, flag);
        if (taken != null) {
            throw new FlagException(flag, topic, "another topic than " + taken);
        }
    }

    LatenessPolicy windows() {
        return LatenessPolicy.of(window, allowedLateness);
    }

    ReadingReader reader() {
        return new ReadingReader(maxClockSkew);
    }

    Duration outOfOrderness() {
        return outOfOrderness;
    }

    Duration idleAfter() {
        return idleAfter;
    }

    Duration maxPartitionDrift() {
        return maxPartitionDrift;
    }

    String lateTopic() {
        return lateTopic != null ? lateTopic : kafka.inputTopic() + ".late";
    }

    KafkaFlags kafka() {
        return kafka;
    }
}
