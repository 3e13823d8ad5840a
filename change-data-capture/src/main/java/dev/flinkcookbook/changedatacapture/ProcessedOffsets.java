package dev.flinkcookbook.changedatacapture;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * How far this job has processed topics. Its source commits offsets when a checkpoint is complete, that is, when every operator has
 * processed what was read before them; so what is below a committed offset has been processed everywhere. (Not so with unaligned
 * checkpoints, which overtake records.)
 */
final class ProcessedOffsets implements AutoCloseable {

    private final Admin admin;
    private final String groupId;

    ProcessedOffsets(Properties kafka, String groupId) {
        this.admin = Admin.create(kafka);
        this.groupId = groupId;
    }

    /** Where the topics end now, without partitions in which nothing stands: from those no offset is ever committed. */
    Map<TopicPartition, Long> ends(List<String> topics) throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> first = new HashMap<>();
        Map<TopicPartition, OffsetSpec> last = new HashMap<>();
        for (TopicDescription topic :
                admin.describeTopics(topics).allTopicNames().get().values()) {
            topic.partitions().forEach(partition -> {
                first.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.earliest());
                last.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest());
            });
        }
        Map<TopicPartition, ListOffsetsResultInfo> begins =
                admin.listOffsets(first).all().get();
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(last).all().get().forEach((partition, end) -> {
            if (end.offset() > begins.get(partition).offset()) {
                ends.put(partition, end.offset());
            }
        });
        return ends;
    }

    boolean reach(Map<TopicPartition, Long> ends) throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(groupId)
                .partitionsToOffsetAndMetadata()
                .get();
        return ends.entrySet().stream()
                .allMatch(end -> committed.get(end.getKey()) != null
                        && committed.get(end.getKey()).offset() >= end.getValue());
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
    }
}
