package dev.flinkcookbook.measuringlatency;

import dev.flinkcookbook.common.KafkaRecord;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** A sink into a list of this JVM, for a job on a MiniCluster that does not restart. */
final class Collected implements Sink<KafkaRecord> {

    private static final Map<String, Queue<KafkaRecord>> WRITTEN = new ConcurrentHashMap<>();

    private final String name = UUID.randomUUID().toString();

    /** What was written so far, in the order of arrival. */
    List<KafkaRecord> records() {
        return List.copyOf(written(name));
    }

    @Override
    public SinkWriter<KafkaRecord> createWriter(WriterInitContext context) {
        return new SinkWriter<>() {
            @Override
            public void write(KafkaRecord record, Context unused) {
                written(name).add(record);
            }

            @Override
            public void flush(boolean endOfInput) {}

            @Override
            public void close() {}
        };
    }

    private static Queue<KafkaRecord> written(String name) {
        return WRITTEN.computeIfAbsent(name, unused -> new ConcurrentLinkedQueue<>());
    }
}
