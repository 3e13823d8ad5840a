package dev.flinkcookbook.deduplication;

import com.fasterxml.jackson.core.JsonPointer;
import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The flags of {@link DeduplicationJob}. */
@Command(
        name = "deduplication",
        sortOptions = false,
        description = "Forwards each event of a JSON topic once.",
        usageHelpWidth = 110)
final class DeduplicationParameters {

    enum Strategy {
        KEEP_FIRST,
        KEEP_LATEST,
        APPROXIMATE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    enum Time {
        PROCESSING,
        EVENT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A century: longer is a slip of the pen, and sums of such a duration with a time could overflow. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    @Option(
            names = "--id-field",
            paramLabel = "POINTER[,POINTER]",
            defaultValue = "/paymentId",
            description = "JSON pointers of the id (default: ${DEFAULT-VALUE}); several make a composite id")
    private String idField;

    @Option(
            names = "--strategy",
            paramLabel = "keep-first|keep-latest|approximate",
            defaultValue = "keep-first",
            description = "which occurrence goes on (default: ${DEFAULT-VALUE})")
    private Strategy strategy;

    @Option(
            names = "--retention",
            paramLabel = "DURATION",
            defaultValue = "24h",
            description = "how long an id is remembered (default: ${DEFAULT-VALUE})")
    private Duration retention;

    @Option(
            names = "--time",
            paramLabel = "processing|event",
            defaultValue = "processing",
            description = "keep-first: judge on arrival, or in the order of event time (default: ${DEFAULT-VALUE})")
    private Time time;

    @Option(
            names = "--time-field",
            paramLabel = "POINTER",
            description = "--time event: ISO-8601 instant or milliseconds since the epoch (default: /createdAt)")
    private String timeField;

    @Option(
            names = "--out-of-orderness",
            paramLabel = "DURATION",
            description = "--time event: how far events of a partition may be out of order (default: 5s)")
    private Duration outOfOrderness;

    @Option(
            names = "--max-clock-skew",
            paramLabel = "DURATION",
            description = "--time event: how far a time may be ahead of the record's Kafka timestamp (default: 1m)")
    private Duration maxClockSkew;

    @Option(
            names = "--idle-after",
            paramLabel = "DURATION",
            description =
                    "--time event: a partition that is silent for so long does not hold up the others (default: 10s)")
    private Duration idleAfter;

    @Option(
            names = "--version-field",
            paramLabel = "POINTER",
            description = "--strategy keep-latest: an integer or an ISO-8601 instant")
    private String versionField;

    @Option(
            names = "--expected-ids",
            paramLabel = "NUMBER",
            description = "--strategy approximate: distinct ids within one retention (default: 1000000)")
    private Long expectedIds;

    @Option(
            names = "--false-positive-rate",
            paramLabel = "RATE",
            description = "--strategy approximate: share of events that may be lost (default: 0.0001)")
    private Double falsePositiveRate;

    @Option(
            names = "--duplicates-topic",
            paramLabel = "TOPIC",
            description = "where dropped records go, for audit (default: nowhere)")
    private String duplicatesTopic;

    @Mixin
    private final KafkaFlags kafka = new KafkaFlags("deduplication", "payments", "payments.deduplicated");

    @Spec
    private CommandSpec spec;

    private DeduplicationParameters() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException a wrong flag or value, in one line
     */
    static Optional<DeduplicationParameters> from(String... args) {
        DeduplicationParameters parameters = new DeduplicationParameters();
        if (!Flags.parse(parameters, args)) {
            return Optional.empty();
        }
        parameters.validate();
        return Optional.of(parameters);
    }

    private void validate() {
        idFields().forEach(pointer -> requirePointer("--id-field", pointer));
        requireBetween(Duration.ofMillis(1), "--retention", retention);
        boolean event = time == Time.EVENT;
        if (event && strategy != Strategy.KEEP_FIRST) {
            throw new FlagException("--time", "event", "processing, the only time of --strategy " + strategy);
        }
        refuseUnless(event, "--time event", "--time-field", timeField);
        refuseUnless(event, "--time event", "--out-of-orderness", outOfOrderness);
        refuseUnless(event, "--time event", "--max-clock-skew", maxClockSkew);
        refuseUnless(event, "--time event", "--idle-after", idleAfter);
        timeField = timeField == null ? "/createdAt" : timeField;
        requirePointer("--time-field", timeField);
        outOfOrderness = outOfOrderness == null ? Duration.ofSeconds(5) : outOfOrderness;
        requireBetween(Duration.ZERO, "--out-of-orderness", outOfOrderness);
        maxClockSkew = maxClockSkew == null ? Duration.ofMinutes(1) : maxClockSkew;
        requireBetween(Duration.ZERO, "--max-clock-skew", maxClockSkew);
        idleAfter = idleAfter == null ? Duration.ofSeconds(10) : idleAfter;
        requireBetween(Duration.ofMillis(1), "--idle-after", idleAfter);

        boolean latest = strategy == Strategy.KEEP_LATEST;
        refuseUnless(latest, "--strategy keep-latest", "--version-field", versionField);
        if (latest && versionField == null) {
            throw new FlagException(
                    "--version-field: got nothing, expected a JSON pointer with --strategy keep-latest");
        }
        if (latest) {
            requirePointer("--version-field", versionField);
        }

        boolean approximate = strategy == Strategy.APPROXIMATE;
        refuseUnless(approximate, "--strategy approximate", "--expected-ids", expectedIds);
        refuseUnless(approximate, "--strategy approximate", "--false-positive-rate", falsePositiveRate);
        expectedIds = expectedIds == null ? 1_000_000 : expectedIds;
        if (expectedIds < 1 || expectedIds > 1_000_000_000_000L) {
            throw new FlagException("--expected-ids", given("--expected-ids"), "a number from 1 to 10^12");
        }
        falsePositiveRate = falsePositiveRate == null ? 0.0001 : falsePositiveRate;
        // The negation also refuses NaN.
        if (!(falsePositiveRate >= 1e-9 && falsePositiveRate <= 0.5)) {
            throw new FlagException(
                    "--false-positive-rate", given("--false-positive-rate"), "a number from 1e-9 to 0.5");
        }

        requireOtherThanInput("--output-topic", kafka.outputTopic());
        requireOtherThanInput("--dead-letter-topic", kafka.deadLetterTopic());
        requireOtherThanOutput("--dead-letter-topic", kafka.deadLetterTopic());
        if (duplicatesTopic != null) {
            requireOtherThanInput("--duplicates-topic", duplicatesTopic);
            requireOtherThanOutput("--duplicates-topic", duplicatesTopic);
        }
    }

    private void refuseUnless(boolean applies, String where, String flag, Object value) {
        if (!applies && value != null) {
            throw new FlagException(flag + ": got '" + given(flag) + "', but it means something only with " + where);
        }
    }

    private void requirePointer(String flag, String pointer) {
        try {
            if (!pointer.isEmpty()) {
                JsonPointer.compile(pointer);
                return;
            }
        } catch (IllegalArgumentException e) {
            // said below, in the words of the flag
        }
        throw new FlagException(flag, given(flag), "a JSON pointer, such as /paymentId or /payment/id");
    }

    private void requireBetween(Duration least, String flag, Duration duration) {
        if (duration.compareTo(least) < 0) {
            throw new FlagException(flag, given(flag), "at least " + least.toMillis() + "ms");
        }
        if (duration.compareTo(LONGEST) > 0) {
            throw new FlagException(flag, given(flag), "at most " + LONGEST.toDays() + "d");
        }
    }

    private void requireOtherThanInput(String flag, String topic) {
        if (topic.equals(kafka.inputTopic())) {
            throw new FlagException(flag, topic, "another topic than --input-topic, or the job reads what it writes");
        }
    }

    private void requireOtherThanOutput(String flag, String topic) {
        if (topic.equals(kafka.outputTopic())) {
            throw new FlagException(flag, topic, "another topic than --output-topic");
        }
    }

    /** The user's own spelling: who gave 0s should not read of PT0S. */
    private String given(String flag) {
        return String.join(",", spec.findOption(flag).originalStringValues());
    }

    private List<String> idFields() {
        return List.of(idField.split(",", -1)); // -1: what is empty is refused, not dropped
    }

    EventFields fields() {
        return new EventFields(
                idFields(),
                time == Time.EVENT ? new EventFields.Time(timeField, maxClockSkew) : null,
                strategy == Strategy.KEEP_LATEST ? versionField : null);
    }

    BloomSizing bloomSizing() {
        return BloomSizing.of(expectedIds, falsePositiveRate);
    }

    Strategy strategy() {
        return strategy;
    }

    Time time() {
        return time;
    }

    Duration retention() {
        return retention;
    }

    Duration outOfOrderness() {
        return outOfOrderness;
    }

    Duration idleAfter() {
        return idleAfter;
    }

    double falsePositiveRate() {
        return falsePositiveRate;
    }

    Optional<String> duplicatesTopic() {
        return Optional.ofNullable(duplicatesTopic);
    }

    KafkaFlags kafka() {
        return kafka;
    }
}
