package dev.flinkcookbook.exactlyonce;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Properties;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

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
    private final long perSecond;
    private final AtomicLong produced = new AtomicLong();
    private volatile boolean stopped;
    private long transfers;

    TransferGenerator(long seed, long perSecond) {
        this.random = new Random(seed);
        this.perSecond = perSecond;
    }

    /** Sends {@code events} records on schedule; returns when the broker has acknowledged all of them. */
    void produce(Properties client, String topic, long events) throws ExecutionException, InterruptedException {
        Properties properties = new Properties();
        properties.putAll(client);
        properties.setProperty("linger.ms", "5");
        // Whatever happens to the broker meanwhile: input that was not written would not be the job's loss.
        properties.setProperty(
                "delivery.timeout.ms", Long.toString(Duration.ofMinutes(10).toMillis()));
        Properties transactional = new Properties();
        transactional.putAll(properties);
        transactional.setProperty("transactional.id", "transfers-" + UUID.randomUUID());
        long start = System.nanoTime();
        try (Producer<byte[], byte[]> producer = producer(properties);
                Producer<byte[], byte[]> changesItsMind = producer(transactional)) {
            changesItsMind.initTransactions();
            int partitions = producer.partitionsFor(topic).size();
            Future<?> last = null;
            for (long i = 0; i < events && !stopped; i++) {
                waitUntil(start + i * Duration.ofSeconds(1).toNanos() / perSecond);
                last = producer.send(record(topic, random.nextInt(partitions), next()));
                produced.incrementAndGet();
                if (i % RECORDS_BETWEEN_ABORTS == RECORDS_BETWEEN_ABORTS - 1) {
                    abortSome(changesItsMind, topic, partitions);
                }
            }
            if (last != null) {
                producer.flush();
                last.get();
            }
        }
    }

    private static Producer<byte[], byte[]> producer(Properties properties) {
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, int partition, byte[] value) {
        return new ProducerRecord<>(topic, partition, null, null, value);
    }

    private void abortSome(Producer<byte[], byte[]> producer, String topic, int partitions)
            throws ExecutionException, InterruptedException {
        producer.beginTransaction();
        for (int i = 0; i < ABORTED_AT_ONCE; i++) {
            producer.send(record(topic, random.nextInt(partitions), utf8(transfer("aborted-" + i, "1.00", 1))));
        }
        producer.flush(); // They stand in the topic, for whoever reads uncommitted records.
        producer.abortTransaction();
    }

    /** How many records were sent so far, without the aborted ones; may be asked by any thread. */
    long produced() {
        return produced.get();
    }

    /** Lets {@link #produce} end after the record that it sends just now; may be called by any thread. */
    void stop() {
        stopped = true;
    }

    private static void waitUntil(long nanoTime) throws InterruptedException {
        for (long left = nanoTime - System.nanoTime(); left > 0; left = nanoTime - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
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
