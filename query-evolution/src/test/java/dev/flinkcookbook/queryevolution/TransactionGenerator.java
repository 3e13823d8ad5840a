package dev.flinkcookbook.queryevolution;

import dev.flinkcookbook.testbed.PacedInput;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Produces transactions of five hundred accounts, each under its account, so that those of one account are in order; one record in a
 * hundred is garbage. The same seed gives the same transactions; only the times differ.
 */
public final class TransactionGenerator {

    private static final int ACCOUNTS = 500;
    private static final double GARBAGE = 0.01;
    private static final int MOST_CENTS = 200_000;

    private final Random random;
    private final PacedInput input;
    private long transactions;

    public TransactionGenerator(long seed, long perSecond) {
        this.random = new Random(seed);
        this.input = new PacedInput(perSecond);
    }

    /** Sends {@code events} records on schedule; returns when the broker has acknowledged all of them. */
    public void produce(Properties client, String topic, long events) throws ExecutionException, InterruptedException {
        input.send(client, topic, events, partitions -> next(topic));
    }

    /** What is written with. */
    public PacedInput input() {
        return input;
    }

    private ProducerRecord<byte[], byte[]> next(String topic) {
        String account = "a-" + random.nextInt(ACCOUNTS);
        int amount = random.nextInt(2 * MOST_CENTS) - MOST_CENTS;
        String transaction = "{\"id\":\"t-%d\",\"account\":\"%s\",\"amount\":%d,\"at\":\"%s\"}"
                .formatted(++transactions, account, amount, Instant.now().truncatedTo(ChronoUnit.MILLIS));
        byte[] value = utf8(transaction);
        if (random.nextDouble() < GARBAGE) {
            value = switch (random.nextInt(4)) {
                case 0 -> utf8(transaction.substring(0, 20));
                case 1 -> utf8(transaction.replace(account, " "));
                case 2 -> new byte[] {(byte) 0xff, 0, 1};
                default -> null;
            };
        }
        return new ProducerRecord<>(topic, utf8(account), value);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
