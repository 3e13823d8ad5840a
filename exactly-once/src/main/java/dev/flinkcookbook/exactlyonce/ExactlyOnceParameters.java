package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The flags of {@link ExactlyOnceJob}. */
@Command(name = "exactly-once", sortOptions = false, description = "Books transfers, exactly once, as ledger entries.")
final class ExactlyOnceParameters {

    @Mixin
    private final KafkaFlags kafka = new KafkaFlags("exactly-once", "transfers", "ledger");

    @Mixin
    private final TransactionFlags transactions = new TransactionFlags();

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
        parameters.transactions.validate();
        parameters.requireDifferentTopics();
        parameters.kafka.clientProperties(); // A file that cannot be read is a wrong flag.
        return Optional.of(parameters);
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

    TransactionFlags transactions() {
        return transactions;
    }
}
