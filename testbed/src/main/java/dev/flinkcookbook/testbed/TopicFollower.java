package dev.flinkcookbook.testbed;

import static dev.flinkcookbook.testbed.AdminClients.answer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Follows a topic from its beginning with {@code read_committed}, without a consumer group: over all partitions that it
 * has when the follower is opened. For one thread.
 */
public final class TopicFollower implements AutoCloseable {
    private final Admin admin;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<TopicPartition> partitions;

    /**
     * Opens a follower; the first {@link #poll} returns the oldest records.
     *
     * @throws org.apache.kafka.common.errors.UnknownTopicOrPartitionException if there is no such topic
     */
    public TopicFollower(String bootstrapServers, String topic) {
        this(Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers), topic);
    }

    /** @param client how to reach the broker, with bootstrap servers */
    TopicFollower(Map<String, String> client, String topic) {
        admin = AdminClients.open(client);
        try {
            partitions = partitionsOf(admin, topic);
            consumer = new KafkaConsumer<>(consumerSettings(client));
        } catch (RuntimeException e) {
            admin.close();
            throw e;
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    private static Map<String, Object> consumerSettings(Map<String, String> client) {
        Map<String, Object> settings = new HashMap<>(client);
        settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 10_000);
        settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 100);
        settings.put(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 200L);
        return settings;
    }

    static List<TopicPartition> partitionsOf(Admin admin, String topic) {
        return answer(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic).partitions().stream()
                .map(partition -> new TopicPartition(topic, partition.partition()))
                .toList();
    }

    /** For each partition the offset after its last record: the last stable one, or the high watermark. */
    static Map<TopicPartition, Long> ends(Admin admin, List<TopicPartition> partitions, IsolationLevel isolation) {
        Map<TopicPartition, OffsetSpec> latest =
                partitions.stream().collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        answer(admin.listOffsets(latest, new ListOffsetsOptions(isolation)).all())
                .forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    /** The next records, in order within a partition; empty if none was committed within the time. */
    public List<ConsumerRecord<byte[], byte[]>> poll(Duration atMost) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        consumer.poll(atMost).forEach(records::add);
        return records;
    }

    /**
     * Whether everything was read: on each partition the position is the last stable offset, and that is the high
     * watermark, so no transaction is open. Blocks for one request to the broker.
     */
    public boolean isAtEnd() {
        Map<TopicPartition, Long> highWatermarks = highWatermarks();
        return lastStableOffsets().equals(highWatermarks) && hasReached(highWatermarks);
    }

    List<TopicPartition> partitions() {
        return partitions;
    }

    Map<TopicPartition, Long> highWatermarks() {
        return ends(admin, partitions, IsolationLevel.READ_UNCOMMITTED);
    }

    Map<TopicPartition, Long> lastStableOffsets() {
        return ends(admin, partitions, IsolationLevel.READ_COMMITTED);
    }

    boolean hasReached(Map<TopicPartition, Long> ends) {
        return partitions.stream().allMatch(partition -> consumer.position(partition) >= ends.get(partition));
    }

    @Override
    public void close() {
        consumer.close();
        admin.close();
    }
}
