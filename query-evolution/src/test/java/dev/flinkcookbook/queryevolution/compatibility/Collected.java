package dev.flinkcookbook.queryevolution.compatibility;

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
public final class Collected<T> implements Sink<T> {

    private static final Map<String, Queue<Object>> WRITTEN = new ConcurrentHashMap<>();

    private final String name = UUID.randomUUID().toString();

    /** What was written so far, in the order of arrival. */
    @SuppressWarnings("unchecked") // Only what this sink's own type allows was written under its name.
    public List<T> records() {
        return (List<T>) List.copyOf(written(name));
    }

    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) {
        return new SinkWriter<>() {
            @Override
            public void write(T record, Context unused) {
                written(name).add(record);
            }

            @Override
            public void flush(boolean endOfInput) {}

            @Override
            public void close() {}
        };
    }

    private static Queue<Object> written(String name) {
        return WRITTEN.computeIfAbsent(name, unused -> new ConcurrentLinkedQueue<>());
    }
}
