package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.testbed.Topics;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A topic full of payments, of which every fifth has been there before: half of those within the last ten, the others
 * anywhere since the beginning. The same number of records gives the same topic.
 *
 * @param records all of them
 * @param ids the distinct ones
 */
record PaymentTopic(String name, long records, long ids) {
    private static final int ONE_IN = 5;
    private static final int SOON = 10;

    static long idsAmong(long records) {
        return records - records / ONE_IN;
    }

    /** How many records there are when so many distinct ids have come. */
    static long recordsFor(long ids) {
        return ids + (ids - 1) / (ONE_IN - 1);
    }

    /** Creates and fills it; returns when the broker has acknowledged every record. */
    static PaymentTopic filled(String bootstrapServers, long records, boolean idLast) throws Exception {
        String name = "payments-" + records;
        Topics.create(bootstrapServers, name, WorkerTask.PARTITIONS);
        PaymentDocument document = new PaymentDocument(idLast);
        SplittableRandom random = new SplittableRandom(1);
        AtomicReference<Exception> failure = new AtomicReference<>();
        long ids = 0;
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "batch.size", 262_144, "linger.ms", 20),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (long i = 0; i < records; i++) {
                boolean again = i % ONE_IN == ONE_IN - 1;
                long number = !again
                        ? ids++
                        : random.nextBoolean() ? ids - 1 - random.nextLong(Math.min(ids, SOON)) : random.nextLong(ids);
                producer.send(
                        new ProducerRecord<>(name, random.nextInt(WorkerTask.PARTITIONS), null, document.of(number)),
                        (metadata, refused) -> failure.compareAndSet(null, refused));
            }
            producer.flush();
        }
        if (failure.get() != null) {
            throw failure.get();
        }
        return new PaymentTopic(name, records, ids);
    }
}
