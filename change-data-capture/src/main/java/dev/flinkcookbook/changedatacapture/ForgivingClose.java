package dev.flinkcookbook.changedatacapture;

import java.io.IOException;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An at-least-once sink whose writers close without an exception. When a task has failed, the JDBC connector's writer still
 * tries to write what it holds while it is closed. If the database is down that throws, and an exception from there ends the
 * whole TaskManager, with all the jobs on it ({@code FATAL - exception in exception handler of task}). What is held then came
 * after the last checkpoint, so it is replayed. The writer that throws also leaves its connection open, one more with each
 * restart: that is closed here.
 *
 * @param connection the one that the sink writes over; they travel to the task together, so it is the same one there
 */
record ForgivingClose<T>(Sink<T> sink, ReadModelTable connection) implements Sink<T> {

    private static final Logger LOG = LoggerFactory.getLogger(ForgivingClose.class);

    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) throws IOException {
        SinkWriter<T> writer = sink.createWriter(context);
        return new SinkWriter<>() {
            @Override
            public void write(T element, Context context) throws IOException, InterruptedException {
                writer.write(element, context);
            }

            @Override
            public void flush(boolean endOfInput) throws IOException, InterruptedException {
                writer.flush(endOfInput);
            }

            @Override
            public void writeWatermark(Watermark watermark) throws IOException, InterruptedException {
                writer.writeWatermark(watermark);
            }

            @Override
            public void close() {
                try {
                    writer.close();
                } catch (Exception e) {
                    LOG.warn("What was not written by now will be replayed: {}", e.getMessage());
                } finally {
                    connection.close();
                }
            }
        };
    }
}
