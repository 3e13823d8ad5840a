package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags of {@link CorrectionJob}. */
@Command(
        name = "late-data correction",
        sortOptions = false,
        description = "Corrects the results on the output topic by the late readings on the input topic.",
        usageHelpWidth = 110)
final class CorrectionParameters {

    @Option(
            names = "--correct-within",
            paramLabel = "DURATION",
            defaultValue = "7d",
            description =
                    "how long after its window, in event time, a reading still corrects the result; each window is"
                            + " kept in state for so long (default: ${DEFAULT-VALUE})")
    private Duration correctWithin;

    @Option(
            names = "--idle-after",
            paramLabel = "DURATION",
            defaultValue = "2s",
            description =
                    "a partition that is silent for so long does not hold up the others (default: ${DEFAULT-VALUE})")
    private Duration idleAfter;

    @Mixin
    private final KafkaFlags kafka = new KafkaFlags("late-data-correction", "readings.late", "readings.windows");

    private CorrectionParameters() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException a wrong flag or value, in one line
     */
    static Optional<CorrectionParameters> from(String... args) {
        CorrectionParameters parameters = new CorrectionParameters();
        if (!Flags.parse(parameters, args)) {
            return Optional.empty();
        }
        parameters.validate();
        return Optional.of(parameters);
    }

    private void validate() {
        LateDataParameters.requireBetween(Duration.ofMillis(1), "--correct-within", correctWithin);
        LateDataParameters.requireBetween(Duration.ofMillis(1), "--idle-after", idleAfter);
        Map<String, String> topics = new LinkedHashMap<>();
        LateDataParameters.requireAnother(topics, "--input-topic", kafka.inputTopic());
        LateDataParameters.requireAnother(topics, "--output-topic", kafka.outputTopic());
        LateDataParameters.requireAnother(topics, "--dead-letter-topic", kafka.deadLetterTopic());
        kafka.clientProperties(); // A file that cannot be read is a wrong flag.
    }

    Duration correctWithin() {
        return correctWithin;
    }

    Duration idleAfter() {
        return idleAfter;
    }

    KafkaFlags kafka() {
        return kafka;
    }
}
