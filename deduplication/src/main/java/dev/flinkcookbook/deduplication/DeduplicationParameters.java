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
import picocli.CommandLine.Option;

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

    @Option(
            names = "--id-field",
            paramLabel = "POINTER[,POINTER]",
            split = ",",
            defaultValue = "/paymentId",
            description = "JSON pointers of the id (default: ${DEFAULT-VALUE}); several make a composite id")
    private List<String> idFields;

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
        idFields.forEach(pointer -> requirePointer("--id-field", pointer));
        requireAtLeast("--retention", retention, Duration.ofMillis(1));
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
        requireAtLeast("--out-of-orderness", outOfOrderness, Duration.ZERO);
        maxClockSkew = maxClockSkew == null ? Duration.ofMinutes(1) : maxClockSkew;
        requireAtLeast("--max-clock-skew", maxClockSkew, Duration.ZERO);
        idleAfter = idleAfter == null ? Duration.ofSeconds(10) : idleAfter;
        requireAtLeast("--idle-after", idleAfter, Duration.ofMillis(1));

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
            throw new FlagException("--expected-ids", expectedIds.toString(), "a number from 1 to 10^12");
        }
        falsePositiveRate = falsePositiveRate == null ? 0.0001 : falsePositiveRate;
        // The negation also refuses NaN.
        if (!(falsePositiveRate >= 1e-9 && falsePositiveRate <= 0.5)) {
            throw new FlagException("--false-positive-rate", falsePositiveRate.toString(), "a number from 1e-9 to 0.5");
        }
    }

    private static void refuseUnless(boolean applies, String where, String flag, Object given) {
        if (!applies && given != null) {
            throw new FlagException(flag + ": got '" + given + "', but it means something only with " + where);
        }
    }

    private static void requirePointer(String flag, String pointer) {
        try {
            if (!pointer.isEmpty()) {
                JsonPointer.compile(pointer);
                return;
            }
        } catch (IllegalArgumentException e) {
            // said below, in the words of the flag
        }
        throw new FlagException(flag, pointer, "a JSON pointer, such as /paymentId or /payment/id");
    }

    private static void requireAtLeast(String flag, Duration given, Duration least) {
        if (given.compareTo(least) < 0) {
            throw new FlagException(flag, given.toString(), "at least " + least.toMillis() + "ms");
        }
    }

    EventFields fields() {
        return new EventFields(
                idFields,
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
