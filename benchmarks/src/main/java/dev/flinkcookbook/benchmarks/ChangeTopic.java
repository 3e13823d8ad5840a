package dev.flinkcookbook.benchmarks;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A topic full of changes of orders: each row is inserted, then random rows are updated, a few are deleted, each with Debezium's
 * tombstone, and come again. The same number of records gives the same topic.
 *
 * @param records tombstones too
 * @param rows numbered from 0
 * @param newest the version of each row at the end; {@link #DELETED} if there is none
 * @param bytes of all values
 */
record ChangeTopic(String name, long records, int rows, int[] newest, long bytes) {

    static final int DELETED = 0;

    /** Many enough that RocksDB has files to read. */
    private static final int MOST_ROWS = 500_000;

    private static final int CHANGES_PER_ROW = 10;
    private static final int ONE_DELETE_IN = 30;

    static int rowsAmong(long records) {
        return (int) Math.min(MOST_ROWS, records / CHANGES_PER_ROW);
    }

    /** Fills an empty topic; returns when the broker has acknowledged every record. */
    static ChangeTopic filled(String bootstrapServers, String name, long records) throws Exception {
        int rows = rowsAmong(records);
        int[] newest = new int[rows];
        try (Filler filler = new Filler(bootstrapServers, name)) {
            SplittableRandom random = new SplittableRandom(1);
            int[] versions = new int[rows];
            long change = 0;
            while (filler.sent < records) {
                int id = change < rows ? (int) change : random.nextInt(rows);
                if (newest[id] == DELETED) {
                    newest[id] = ++versions[id];
                    filler.send(id, ChangeDocument.insert(change, id, newest[id]));
                } else if (random.nextInt(ONE_DELETE_IN) == 0 && filler.sent + 2 <= records) {
                    filler.send(id, ChangeDocument.delete(change, id, newest[id]));
                    filler.send(id, null);
                    newest[id] = DELETED;
                } else {
                    newest[id] = ++versions[id];
                    filler.send(id, ChangeDocument.update(change, id, newest[id]));
                }
                change++;
            }
            filler.finish();
            return new ChangeTopic(name, records, rows, newest, filler.bytes);
        }
    }

    private static final class Filler implements AutoCloseable {
        private final AtomicReference<Exception> failure = new AtomicReference<>();
        private final KafkaProducer<byte[], byte[]> producer;
        private final String topic;
        private long sent;
        private long bytes;

        Filler(String bootstrapServers, String topic) {
            this.producer = new KafkaProducer<>(
                    Map.of("bootstrap.servers", bootstrapServers, "batch.size", 262_144, "linger.ms", 20),
                    new ByteArraySerializer(),
                    new ByteArraySerializer());
            this.topic = topic;
        }

        void send(int id, byte[] value) {
            sent++;
            bytes += value == null ? 0 : value.length;
            producer.send(
                    new ProducerRecord<>(topic, ChangeDocument.key(id), value),
                    (metadata, refused) -> failure.compareAndSet(null, refused));
        }

        void finish() throws Exception {
            producer.flush();
            if (failure.get() != null) {
                throw failure.get();
            }
        }

        @Override
        public void close() {
            producer.close();
        }
    }
}
