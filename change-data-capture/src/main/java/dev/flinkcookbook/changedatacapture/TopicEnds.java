package dev.flinkcookbook.changedatacapture;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Where topics end, and whether somebody has read that far. */
final class TopicEnds implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Admin admin;
    private final KafkaConsumer<byte[], byte[]> consumer;

    /** @param kafka how to reach it */
    TopicEnds(Properties kafka) {
        Properties properties = new Properties();
        properties.putAll(kafka);
        properties.putIfAbsent(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "1");
        admin = Admin.create(kafka);
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Where the topics end now: the offset of each partition's next record. */
    Map<TopicPartition, Long> of(List<String> topics) throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> last = new HashMap<>();
        for (TopicDescription topic :
                admin.describeTopics(topics).allTopicNames().get().values()) {
            topic.partitions()
                    .forEach(partition ->
                            last.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest()));
        }
        return admin.listOffsets(last).all().get().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, end -> end.getValue().offset()));
    }

    /** The offsets that the group has committed. */
    Map<TopicPartition, Long> committed(String groupId) throws ExecutionException, InterruptedException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(groupId)
                .partitionsToOffsetAndMetadata()
                .get();
        committed.forEach((partition, offset) -> {
            if (offset != null) {
                offsets.put(partition, offset.offset());
            }
        });
        return offsets;
    }

    /**
     * Whether all records below the ends have been read.
     *
     * @param read the offset after the last record that was read; none for a partition of which nothing was
     */
    boolean areReached(Map<TopicPartition, Long> ends, Map<TopicPartition, Long> read) {
        return ends.entrySet().stream()
                .allMatch(end -> isReached(end.getKey(), end.getValue(), read.getOrDefault(end.getKey(), 0L)));
    }

    /** The last record may stand before the end: behind it are the marker of a transaction, or records that have expired. */
    private boolean isReached(TopicPartition partition, long end, long read) {
        if (read >= end) {
            return true;
        }
        consumer.assign(List.of(partition));
        consumer.seek(partition, read);
        boolean nothing = consumer.poll(PATIENCE).isEmpty();
        return nothing && consumer.position(partition, PATIENCE) >= end;
    }

    @Override
    public void close() {
        consumer.close();
        admin.close(Duration.ZERO);
    }
}
