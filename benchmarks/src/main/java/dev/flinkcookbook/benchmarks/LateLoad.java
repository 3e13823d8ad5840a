package dev.flinkcookbook.benchmarks;

import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Readings that are sent at fixed times, each some time after it was measured: half of them at least the median, and of those
 * later than any time a third later than twice that time (Pareto).
 *
 * @param startMillis when reading 0 is sent, since the epoch
 * @param median of the lateness
 * @param duration of the load
 */
record LateLoad(long startMillis, long perSecond, Duration median, Duration duration) {

    static final int SENSORS = 1_000;

    private static final double TAIL = 1.5;

    long readings() {
        return duration.toMillis() * perSecond / 1_000;
    }

    private long sentMillis(long reading) {
        return startMillis + reading * 1_000 / perSecond;
    }

    /** When a reading was measured. */
    long atMillis(long reading) {
        double shortest = median.toMillis() / Math.pow(2, 1 / TAIL);
        double late = shortest / Math.pow(1 - ReadingDocument.random(reading).nextDouble(), 1 / TAIL);
        return sentMillis(reading) - (long) Math.min(late, Duration.ofDays(1).toMillis());
    }

    /** How many of the readings were measured in this time. */
    long measuredBetween(long fromMillis, long toMillis) {
        long count = 0;
        for (long reading = 0; reading < readings(); reading++) {
            long at = atMillis(reading);
            count += at >= fromMillis && at < toMillis ? 1 : 0;
        }
        return count;
    }

    /** Sends every reading when it is due; returns when the broker has acknowledged the last one. */
    void send(String bootstrapServers, String topic) throws Exception {
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "linger.ms", 0),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.partitionsFor(topic);
            for (long reading = 0; reading < readings(); reading++) {
                SplittableRandom random = ReadingDocument.random(reading + readings());
                byte[] value = ReadingDocument.json(random.nextInt(SENSORS), atMillis(reading), random);
                long due = sentMillis(reading);
                waitUntil(due);
                producer.send(
                        new ProducerRecord<>(topic, random.nextInt(WorkerTask.PARTITIONS), due, null, value),
                        (metadata, refused) -> failure.compareAndSet(null, refused));
            }
            producer.flush();
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    private static void waitUntil(long millis) throws InterruptedException {
        while (System.currentTimeMillis() < millis) {
            LockSupport.parkNanos(
                    Duration.ofMillis(millis - System.currentTimeMillis()).toNanos());
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }
}
