package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.testbed.PacedInput;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Produces payments as a retrying application does: a fifth of the records are payments that arrive again, some at once, some
 * seconds later, often on another partition; and one record in a hundred is garbage. The same seed gives the same payments,
 * retries and garbage in the same order; only the times differ.
 */
final class PaymentGenerator {

    private static final double AGAIN = 0.2;
    private static final double UPDATED = 0.1;
    private static final double GARBAGE = 0.01;
    private static final Duration LONGEST_GAP = Duration.ofSeconds(3);
    private static final int RECORDS_OF_A_QUICK_RETRY = 10;

    private record Sent(int payment, int version, byte[] value) {}

    private final Random random;
    private final PacedInput input;
    private final boolean updates;
    private final Sent[] recent;
    private long sentSoFar;
    private int payments;

    /**
     * @param updates whether payments change: a tenth of the records are then further versions
     */
    PaymentGenerator(long seed, long perSecond, boolean updates) {
        this.random = new Random(seed);
        this.input = new PacedInput(perSecond);
        this.updates = updates;
        this.recent = new Sent[(int) Math.min(1_000_000, Math.max(1, perSecond * LONGEST_GAP.toSeconds()))];
    }

    /** Sends {@code events} records on schedule; returns when the broker has acknowledged all of them. */
    void produce(Properties client, String topic, long events) throws ExecutionException, InterruptedException {
        input.send(client, topic, events, partitions -> {
            byte[] key = utf8("a-" + random.nextInt(1_000));
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(topic, random.nextInt(partitions), null, key, next());
            record.headers().add("trace-id", utf8(Long.toHexString(random.nextLong())));
            return record;
        });
    }

    PacedInput input() {
        return input;
    }

    private byte[] next() {
        double dice = random.nextDouble();
        if (dice < GARBAGE) {
            return garbage();
        }
        if (sentSoFar > 0 && dice < GARBAGE + AGAIN) {
            return again();
        }
        if (sentSoFar > 0 && updates && dice < GARBAGE + AGAIN + UPDATED) {
            Sent last = sent(0);
            return remember(last.payment(), last.version() + 1);
        }
        return remember(++payments, 1);
    }

    private byte[] remember(int payment, int version) {
        Sent sent = new Sent(payment, version, json(payment, version));
        recent[(int) (sentSoFar++ % recent.length)] = sent;
        return sent.value();
    }

    /** Half of the retries follow within a few records, the other half anywhere within the longest gap. */
    private byte[] again() {
        int known = (int) Math.min(sentSoFar, recent.length);
        return sent(random.nextInt(random.nextBoolean() ? Math.min(known, RECORDS_OF_A_QUICK_RETRY) : known))
                .value();
    }

    private Sent sent(int back) {
        return recent[(int) ((sentSoFar - 1 - back) % recent.length)];
    }

    private byte[] json(int payment, int version) {
        return utf8(
                "{\"paymentId\":\"p-%d\",\"account\":\"a-%d\",\"amount\":\"%d.%02d\",\"currency\":\"EUR\",\"createdAt\":\"%s\"%s}"
                        .formatted(
                                payment,
                                random.nextInt(1_000),
                                random.nextInt(1_000),
                                random.nextInt(100),
                                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                                updates ? ",\"version\":" + version : ""));
    }

    private byte[] garbage() {
        byte[] whole = json(payments + 1, 1);
        return switch (random.nextInt(5)) {
            case 0 -> Arrays.copyOf(whole, whole.length / 2);
            case 1 -> utf8("{\"currency\":\"EUR\"}");
            case 2 -> new byte[] {(byte) 0xff, 0, 1};
            case 3 -> utf8(new String(whole, StandardCharsets.UTF_8) + "}");
            default -> null;
        };
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
