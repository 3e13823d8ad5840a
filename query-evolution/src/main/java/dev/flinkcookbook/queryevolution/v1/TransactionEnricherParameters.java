package dev.flinkcookbook.queryevolution.v1;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The flags of {@link TransactionEnricherJob}: Kafka's alone. */
@Command(
        name = "transaction-enricher",
        sortOptions = false,
        description = "Says of each transaction where the money goes.")
final class TransactionEnricherParameters {

    @Mixin
    private final KafkaFlags kafka = new KafkaFlags("transaction-enricher", "transactions", "transactions.enriched");

    private TransactionEnricherParameters() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException one line: a flag that is unknown or wrong
     */
    static Optional<TransactionEnricherParameters> from(String... args) {
        TransactionEnricherParameters parameters = new TransactionEnricherParameters();
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
