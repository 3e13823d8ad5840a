package dev.flinkcookbook.queryevolution.v3;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The flags of {@link AccountActivityJob}: Kafka's alone. */
@Command(
        name = "account-activity",
        sortOptions = false,
        description = "Counts and sums up each account's transactions.")
final class AccountActivityParameters {

    @Mixin
    private final KafkaFlags kafka = new KafkaFlags("account-activity", "transactions", "activity");

    private AccountActivityParameters() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException one line: a flag that is unknown or wrong
     */
    static Optional<AccountActivityParameters> from(String... args) {
        AccountActivityParameters parameters = new AccountActivityParameters();
        if (!Flags.parse(parameters, args)) {
            return Optional.empty();
        }
        KafkaFlags kafka = parameters.kafka;
        requireDifferent("--output-topic", kafka.outputTopic(), "--input-topic", kafka.inputTopic());
        requireDifferent("--dead-letter-topic", kafka.deadLetterTopic(), "--input-topic", kafka.inputTopic());
        requireDifferent("--dead-letter-topic", kafka.deadLetterTopic(), "--output-topic", kafka.outputTopic());
        kafka.clientProperties(); // A file that cannot be read is a wrong flag.
        return Optional.of(parameters);
    }

    private static void requireDifferent(String flag, String topic, String other, String otherTopic) {
        if (topic.equals(otherTopic)) {
            throw new FlagException(flag, topic, "another topic than " + other);
        }
    }

    KafkaFlags kafka() {
        return kafka;
    }
}
