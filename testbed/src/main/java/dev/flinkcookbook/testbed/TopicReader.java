package dev.flinkcookbook.testbed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Reads whole topics the way a consumer that respects transactions sees them ({@code read_committed}); records come in
 * the order of partition and offset. An unknown topic throws Kafka's {@code UnknownTopicOrPartitionException}.
 */
public final class TopicReader {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Comparator<ConsumerRecord<?, ?>> PARTITION_AND_OFFSET =
            Comparator.<ConsumerRecord<?, ?>>comparingInt(ConsumerRecord::partition)
                    .thenComparingLong(ConsumerRecord::offset);

    private TopicReader() {}

    /** {@link #readAll(String, String, Duration)} with 30 seconds. */
    public static List<ConsumerRecord<byte[], byte[]>> readAll(String bootstrapServers, String topic) {
        return readAll(bootstrapServers, topic, PATIENCE);
    }

    /**
     * Everything committed, once no transaction is open any more: what was written before this call is either in the
     * answer or was aborted.
     *
     * @throws TimeoutException (Kafka's, unchecked) if a transaction stays open; it names the partition
     */
    public static List<ConsumerRecord<byte[], byte[]>> readAll(String bootstrapServers, String topic, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        try (TopicFollower follower = new TopicFollower(bootstrapServers, topic)) {
            Map<TopicPartition, Long> ends = awaitStable(follower, topic, deadline, atMost);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            while (!follower.hasReached(ends)) {
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException("topic " + topic + ": read " + records.size() + " records within "
                            + atMost.toSeconds() + " s and did not reach the end");
                }
                records.addAll(follower.poll(POLL));
            }
            records.sort(PARTITION_AND_OFFSET);
            return records;
        }
    }

    private static Map<TopicPartition, Long> awaitStable(
            TopicFollower follower, String topic, long deadline, Duration atMost) {
        while (true) {
            Map<TopicPartition, Long> highWatermarks = follower.highWatermarks();
            Map<TopicPartition, Long> stable = follower.lastStableOffsets();
            List<TopicPartition> open = follower.partitions().stream()
                    .filter(partition -> stable.get(partition) < highWatermarks.get(partition))
                    .toList();
            if (open.isEmpty()) {
                return highWatermarks;
            }
            if (System.nanoTime() > deadline) {
                TopicPartition first = open.get(0);
                throw new TimeoutException("topic " + topic + ": partition " + first.partition()
                        + " still has an open transaction after " + atMost.toSeconds() + " s (stable up to offset "
                        + stable.get(first) + " of " + highWatermarks.get(first) + ")");
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    /**
     * Waits until at least so many records are committed, whatever transactions are open beyond them.
     *
     * @return all records that were seen, at least {@code count}
     * @throws TimeoutException (Kafka's, unchecked) if there are fewer in time; it says how many
     */
    public static List<ConsumerRecord<byte[], byte[]>> awaitCommitted(
            String bootstrapServers, String topic, int count, Duration atMost) {
        return awaitCommitted(Map.of("bootstrap.servers", bootstrapServers), topic, count, atMost);
    }

    /** @param client how to reach the broker, with bootstrap servers */
    static List<ConsumerRecord<byte[], byte[]>> awaitCommitted(
            Map<String, String> client, String topic, int count, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        try (TopicFollower follower = new TopicFollower(client, topic)) {
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            while (records.size() < count) {
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException("topic " + topic + ": " + records.size() + " of " + count
                            + " records were committed within " + atMost.toSeconds() + " s");
                }
                records.addAll(follower.poll(POLL));
            }
            records.sort(PARTITION_AND_OFFSET);
            return records;
        }
    }

    /**
     * The offset after the last record of each partition, committed or not (the high watermark). It counts the markers of
     * transactions too, so it is no number of records.
     */
    public static Map<Integer, Long> endOffsets(String bootstrapServers, String topic) {
        try (Admin admin = AdminClients.open(bootstrapServers)) {
            Map<Integer, Long> ends = new TreeMap<>();
            TopicFollower.ends(admin, TopicFollower.partitionsOf(admin, topic), IsolationLevel.READ_UNCOMMITTED)
                    .forEach((partition, end) -> ends.put(partition.partition(), end));
            return ends;
        }
    }
}
