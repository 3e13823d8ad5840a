package dev.flinkcookbook.changedatacapture;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.TopicPartition;

/** By the offsets that this job has committed. */
final class KafkaBacklog implements Backlog {

    private final Properties kafka;
    private final String groupId;
    private final List<String> topics;

    private transient ProcessedOffsets processed;
    private transient Map<TopicPartition, Long> ends;
    private transient long endsAt;

    /** @param kafka how to reach it */
    KafkaBacklog(Properties kafka, String groupId, List<String> topics) {
        this.kafka = kafka;
        this.groupId = groupId;
        this.topics = topics;
    }

    @Override
    public boolean isProcessed(long since, long now) throws Exception {
        if (processed == null) {
            processed = new ProcessedOffsets(kafka, groupId);
        }
        if (ends == null || endsAt < since) {
            ends = processed.ends(topics);
            endsAt = now;
        }
        return processed.reach(ends);
    }

    @Override
    public void close() {
        if (processed != null) {
            processed.close();
        }
    }
}
