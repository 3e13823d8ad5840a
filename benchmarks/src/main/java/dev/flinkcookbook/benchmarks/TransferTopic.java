package dev.flinkcookbook.benchmarks;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A topic full of transfers, numbered from 0. */
record TransferTopic(String name, long records) {

    /** Fills an empty topic; returns when the broker has acknowledged every record. */
    static TransferTopic filled(String bootstrapServers, String name, long records) throws Exception {
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "batch.size", 262_144, "linger.ms", 20),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (long number = 0; number < records; number++) {
                producer.send(
                        new ProducerRecord<>(
                                name, (int) (number % WorkerTask.PARTITIONS), null, TransferDocument.of(number)),
                        (metadata, refused) -> failure.compareAndSet(null, refused));
            }
            producer.flush();
        }
        if (failure.get() != null) {
            throw failure.get();
        }
        return new TransferTopic(name, records);
    }
}
