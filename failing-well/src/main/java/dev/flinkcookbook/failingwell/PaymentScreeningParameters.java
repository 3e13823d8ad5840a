package dev.flinkcookbook.failingwell;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags of {@link PaymentScreeningJob}. */
@Command(
        name = "failing-well",
        sortOptions = false,
        description = "Asks a service over HTTP about each payment of a JSON topic.",
        usageHelpWidth = 110)
final class PaymentScreeningParameters {

    enum Order {
        INPUT,
        COMPLETION;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A payment waits in the state of the job meanwhile; whatever takes longer is an outage, and for a person. */
    private static final Duration LONGEST = Duration.ofHours(1);

    private static final int MOST_ATTEMPTS = 100;
    private static final int MOST_AT_ONCE = 100_000;

    @Option(
            names = "--service",
            paramLabel = "URL",
            defaultValue = "http://localhost:8080/screenings",
            description = "where a payment is posted to (default: ${DEFAULT-VALUE})")
    private String service;

    @Option(
            names = "--attempts",
            paramLabel = "NUMBER",
            defaultValue = "5",
            description =
                    "how often the service is asked about a payment, the first time included (default: ${DEFAULT-VALUE})")
    private int attempts;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "2s",
            description = "for the whole answer to one attempt (default: ${DEFAULT-VALUE})")
    private Duration timeout;

    @Option(
            names = "--first-backoff",
            paramLabel = "DURATION",
            defaultValue = "200ms",
            description =
                    "pause before the second attempt; each further one is twice as long (default: ${DEFAULT-VALUE})")
    private Duration firstBackoff;

    @Option(
            names = "--longest-backoff",
            paramLabel = "DURATION",
            defaultValue = "10s",
            description = "no pause is longer (default: ${DEFAULT-VALUE})")
    private Duration longestBackoff;

    @Option(
            names = "--capacity",
            paramLabel = "NUMBER",
            defaultValue = "100",
            description =
                    "payments that each subtask asks about at once; beyond that the source waits (default: ${DEFAULT-VALUE})")
    private int capacity;

    @Option(
            names = "--order",
            paramLabel = "input|completion",
            defaultValue = "input",
            description = "input: a payment that is tried again holds up those behind it (default: ${DEFAULT-VALUE})")
    private Order order;

    @Option(
            names = "--unscreened-topic",
            paramLabel = "TOPIC",
            description = "what the service did not answer (default: <input-topic>.unscreened)")
    private String unscreenedTopic;

    @Mixin
    private final KafkaFlags kafka = new KafkaFlags("failing-well", "payments", "payments.screened");

    private PaymentScreeningParameters() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException a wrong flag or value, in one line
     */
    static Optional<PaymentScreeningParameters> from(String... args) {
        PaymentScreeningParameters parameters = new PaymentScreeningParameters();
        if (!Flags.parse(parameters, args)) {
            return Optional.empty();
        }
        parameters.validate();
        return Optional.of(parameters);
    }

    private void validate() {
        requireAddress();
        requireBetween("--attempts", attempts, MOST_ATTEMPTS);
        requireBetween("--capacity", capacity, MOST_AT_ONCE);
        requireBetween("--timeout", timeout);
        requireBetween("--first-backoff", firstBackoff);
        requireBetween("--longest-backoff", longestBackoff);
        if (longestBackoff.compareTo(firstBackoff) < 0) {
            throw new FlagException("--longest-backoff", longestBackoff.toMillis() + "ms", "at least --first-backoff");
        }
        List<String> topics =
                List.of(kafka.inputTopic(), kafka.outputTopic(), unscreenedTopic(), kafka.deadLetterTopic());
        Set<String> seen = new HashSet<>();
        for (String topic : topics) {
            if (!seen.add(topic)) {
                throw new FlagException(
                        "the topic " + topic + " is named twice: input, output, unscreened and dead letter"
                                + " topic must be different ones");
            }
        }
    }

    private void requireAddress() {
        try {
            URI address = URI.create(service);
            if (address.getHost() != null && Set.of("http", "https").contains(address.getScheme())) {
                return;
            }
        } catch (IllegalArgumentException e) {
            // said below, in the words of the flag
        }
        throw new FlagException("--service", service, "an address such as http://localhost:8080/screenings");
    }

    private static void requireBetween(String flag, int given, int most) {
        if (given < 1 || given > most) {
            throw new FlagException(flag, Integer.toString(given), "a number from 1 to " + most);
        }
    }

    private static void requireBetween(String flag, Duration given) {
        if (given.toMillis() < 1 || given.compareTo(LONGEST) > 0) {
            throw new FlagException(flag, given.toMillis() + "ms", "a duration from 1ms to " + LONGEST.toHours() + "h");
        }
    }

    URI service() {
        return URI.create(service);
    }

    Backoff backoff() {
        return new Backoff(attempts, firstBackoff, longestBackoff);
    }

    Duration timeout() {
        return timeout;
    }

    int capacity() {
        return capacity;
    }

    Order order() {
        return order;
    }

    String unscreenedTopic() {
        return unscreenedTopic != null ? unscreenedTopic : kafka.inputTopic() + ".unscreened";
    }

    KafkaFlags kafka() {
        return kafka;
    }
}
