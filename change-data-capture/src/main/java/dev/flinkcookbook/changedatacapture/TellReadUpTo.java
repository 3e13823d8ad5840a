package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.common.KafkaRecord;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Says before each checkpoint how far the partitions have been read. When that checkpoint is complete, all operators have processed
 * what was read until then: its barrier has passed through all of them, behind the records.
 */
final class TellReadUpTo extends AbstractStreamOperator<ReadUpTo>
        implements OneInputStreamOperator<KafkaRecord, ReadUpTo> {

    private transient Map<TopicPartition, Long> news;

    @Override
    public void open() throws Exception {
        super.open();
        news = new HashMap<>();
    }

    @Override
    public void processElement(StreamRecord<KafkaRecord> element) {
        KafkaRecord record = element.getValue();
        news.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpoint) {
        news.forEach((partition, next) ->
                output.collect(new StreamRecord<>(new ReadUpTo(partition.topic(), partition.partition(), next))));
        news.clear();
    }
}
