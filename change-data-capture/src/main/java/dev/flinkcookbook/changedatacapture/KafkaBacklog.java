package dev.flinkcookbook.changedatacapture;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.TopicPartition;

/**
 * By the offsets that this job has committed. Its source commits them when a checkpoint is complete: then every operator has processed
 * what was read before.
 */
final class KafkaBacklog implements Backlog {

    private static final long BETWEEN_QUESTIONS_MS = 1_000;

    private final Properties kafka;
    private final String groupId;
    private final List<String> topics;

    private transient TopicEnds topicEnds;
    private transient Map<TopicPartition, Long> ends;
    private transient long endsAt;
    private transient long askedAt;
    private transient boolean reached;

    /** @param kafka how to reach it */
    KafkaBacklog(Properties kafka, String groupId, List<String> topics) {
        this.kafka = kafka;
        this.groupId = groupId;
        this.topics = topics;
    }

    @Override
    public boolean isProcessed(long since, long now) throws Exception {
        if (topicEnds == null) {
            topicEnds = new TopicEnds(kafka);
        }
        boolean older = ends == null || endsAt < since;
        if (older) {
            ends = topicEnds.of(topics);
            endsAt = now;
        }
        // Whoever waits asks, and many may wait.
        if (older || !reached && now - askedAt >= BETWEEN_QUESTIONS_MS) {
            reached = topicEnds.areReached(ends, topicEnds.committed(groupId));
            askedAt = now;
        }
        return reached;
    }

    @Override
    public void close() {
        if (topicEnds != null) {
            topicEnds.close();
        }
    }
}
