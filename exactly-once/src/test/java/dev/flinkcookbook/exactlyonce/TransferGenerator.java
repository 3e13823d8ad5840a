package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.testbed.PacedInput;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Properties;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Produces transfers between a thousand accounts as a bank's applications do: one record in a hundred cannot be booked, and now
 * and then an application writes transfers in a transaction that it aborts. The same seed gives the same transfers in the same
 * order; only the times differ.
 */
final class TransferGenerator {

    private static final int ACCOUNTS = 1_000;
    private static final double UNBOOKABLE = 0.01;
    private static final int RECORDS_BETWEEN_ABORTS = 2_000;
    private static final int ABORTED_AT_ONCE = 5;

    private final Random random;
    private final PacedInput input;
    private long transfers;

    TransferGenerator(long seed, long perSecond) {
        this.random = new Random(seed);
        this.input = new PacedInput(perSecond);
    }

    /** Sends {@code events} records on schedule, and the aborted ones; returns when the broker has acknowledged all of them. */
    void produce(Properties client, String topic, long events) throws ExecutionException, InterruptedException {
        Properties transactional = new Properties();
        transactional.putAll(client);
        transactional.setProperty("transactional.id", "transfers-" + UUID.randomUUID());
        try (Producer<byte[], byte[]> changesItsMind = PacedInput.producer(transactional)) {
            changesItsMind.initTransactions();
            input.send(client, topic, events, partitions -> {
                if (input.sent() % RECORDS_BETWEEN_ABORTS == RECORDS_BETWEEN_ABORTS - 1) {
                    abortSome(changesItsMind, topic, partitions);
                }
                return record(topic, random.nextInt(partitions), next());
            });
        }
    }

    /** What is written with; it does not count the aborted records. */
    PacedInput input() {
        return input;
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, int partition, byte[] value) {
        return new ProducerRecord<>(topic, partition, null, null, value);
    }

    private void abortSome(Producer<byte[], byte[]> producer, String topic, int partitions) {
        producer.beginTransaction();
        for (int i = 0; i < ABORTED_AT_ONCE; i++) {
            producer.send(record(topic, random.nextInt(partitions), utf8(transfer("aborted-" + i, "1.00", 1))));
        }
        producer.flush(); // They stand in the topic, for whoever reads uncommitted records.
        producer.abortTransaction();
    }

    private byte[] next() {
        String id = "t-" + ++transfers;
        String amount = "%d.%02d".formatted(random.nextInt(1_000), 1 + random.nextInt(99));
        int distance = 1 + random.nextInt(ACCOUNTS - 1);
        if (random.nextDouble() >= UNBOOKABLE) {
            return utf8(transfer(id, amount, distance));
        }
        return switch (random.nextInt(6)) {
            case 0 -> utf8(transfer(id, "-" + amount, distance));
            case 1 -> utf8(transfer(id, "0.00", distance));
            case 2 -> utf8(transfer(id, amount, 0));
            case 3 -> Arrays.copyOf(utf8(transfer(id, amount, distance)), 40);
            case 4 -> new byte[] {(byte) 0xff, 0, 1};
            default -> null;
        };
    }

    private String transfer(String id, String amount, int distance) {
        int from = random.nextInt(ACCOUNTS);
        return "{\"transferId\":\"%s\",\"from\":\"a-%d\",\"to\":\"a-%d\",\"amount\":\"%s\",\"at\":\"%s\"}"
                .formatted(
                        id,
                        from,
                        (from + distance) % ACCOUNTS,
                        amount,
                        Instant.now().truncatedTo(ChronoUnit.MILLIS));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
