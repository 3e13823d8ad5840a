package dev.flinkcookbook.benchmarks;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Transfers that are due at fixed times, whatever becomes of those before them: an open loop. What comes late, the sender
 * included, counts as late; nobody waits with the next transfer until the system has recovered.
 *
 * @param startMillis when transfer 0 is due, since the epoch
 * @param warmUp the time whose transfers are sent and not measured
 * @param measured the time after it
 */
record PacedLoad(long startMillis, long perSecond, Duration warmUp, Duration measured) {

    /** Numbered from 0. */
    long transfers() {
        return numberAt(warmUp.plus(measured));
    }

    boolean isMeasured(long transfer) {
        return transfer >= numberAt(warmUp);
    }

    /** Whole milliseconds, and so at 2,000 a second two at once: that is also the record's timestamp. */
    long dueMillis(long transfer) {
        return startMillis + transfer * 1_000 / perSecond;
    }

    private long numberAt(Duration sinceStart) {
        return sinceStart.toMillis() * perSecond / 1_000;
    }

    /** Sends every transfer when it is due; returns when the broker has acknowledged the last one. */
    void send(String bootstrapServers, String topic) throws Exception {
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "linger.ms", 0), // Its own waiting is not the job's.
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.partitionsFor(topic); // The first record does not wait for the metadata.
            for (long number = 0; number < transfers(); number++) {
                byte[] transfer = TransferDocument.of(number);
                long due = dueMillis(number);
                waitUntil(due);
                producer.send(
                        new ProducerRecord<>(topic, (int) (number % WorkerTask.PARTITIONS), due, null, transfer),
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
