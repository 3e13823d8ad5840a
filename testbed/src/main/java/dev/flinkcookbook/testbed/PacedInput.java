package dev.flinkcookbook.testbed;

import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Makes input on schedule, so many records a second, whatever happens meanwhile to where it goes. */
public final class PacedInput {

    /** A piece of input; throws {@code E} if it cannot be made. */
    public interface Step<E extends Exception> {
        /** @return how many records it was; none if it came to nothing */
        long take() throws E;
    }

    private final long perSecond;
    private final AtomicLong sent = new AtomicLong();
    private volatile boolean stopped;

    public PacedInput(long perSecond) {
        this.perSecond = perSecond;
    }

    /**
     * A producer that waits for a broker for ten minutes: input that was not written would be taken for the job's loss.
     *
     * @param client how to reach the broker, and what else a producer is to be told
     */
    public static Producer<byte[], byte[]> producer(Properties client) {
        Properties properties = new Properties();
        properties.setProperty("linger.ms", "5");
        properties.setProperty(
                "delivery.timeout.ms", Long.toString(Duration.ofMinutes(10).toMillis()));
        properties.putAll(client);
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /**
     * Sends records on schedule until {@link #stop}; returns when the broker has acknowledged all of them.
     *
     * @param records at most
     * @param next makes the next record, from the number of partitions of the topic
     * @throws ExecutionException if the broker has refused one
     */
    public void send(Properties client, String topic, long records, IntFunction<ProducerRecord<byte[], byte[]>> next)
            throws ExecutionException, InterruptedException {
        AtomicReference<Exception> refused = new AtomicReference<>();
        try (Producer<byte[], byte[]> producer = producer(client)) {
            int partitions = producer.partitionsFor(topic).size();
            pace(records, () -> {
                producer.send(next.apply(partitions), (metadata, failure) -> refused.compareAndSet(null, failure));
                return 1;
            });
            producer.flush();
        }
        if (refused.get() != null) {
            throw new ExecutionException(refused.get());
        }
    }

    /**
     * Takes steps on schedule until {@link #stop}, for input that is no topic: so many records a second, however many each step
     * has.
     *
     * @param records after so many there is no further step
     * @throws E what a step has thrown
     */
    public <E extends Exception> void pace(long records, Step<E> step) throws E, InterruptedException {
        long start = System.nanoTime();
        while (sent.get() < records && !stopped) {
            waitUntil(start + sent.get() * Duration.ofSeconds(1).toNanos() / perSecond);
            sent.addAndGet(step.take());
        }
    }

    /** How many records were sent so far; may be asked by any thread. */
    public long sent() {
        return sent.get();
    }

    /** Lets {@link #send} or {@link #pace} end after the record or step that it is at just now; may be called by any thread. */
    public void stop() {
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
}
