package dev.flinkcookbook.benchmarks;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A topic full of readings, numbered from 0. */
record ReadingTopic(String name, long records) {

    /** Fills an empty topic; returns when the broker has acknowledged every record. */
    static ReadingTopic filled(String bootstrapServers, String name, long records) throws Exception {
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "batch.size", 262_144, "linger.ms", 20),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (long number = 0; number < records; number++) {
                producer.send(
                        new ProducerRecord<>(
                                name,
                                (int) (number % WorkerTask.PARTITIONS),
                                ReadingDocument.arrivalMillis(number),
                                null,
                                ReadingDocument.of(number)),
                        (metadata, refused) -> failure.compareAndSet(null, refused));
            }
            producer.flush();
        }
        if (failure.get() != null) {
            throw failure.get();
        }
        return new ReadingTopic(name, records);
    }

    /** How many of them no window takes. */
    long late() {
        return records / ReadingDocument.READINGS_PER_LATE_ONE;
    }
}
