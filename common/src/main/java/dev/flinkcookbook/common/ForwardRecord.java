package dev.flinkcookbook.common;

import java.util.List;
import java.util.Optional;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes a record as it was read. Not a lambda: pooled transaction names make the sink look for open transactions on its
 * topics after a failure, so it refuses a serializer that does not name them.
 */
final class ForwardRecord implements KafkaRecordSerializationSchema<KafkaRecord>, KafkaDatasetFacetProvider {

    private final String topic;

    ForwardRecord(String topic) {
        this.topic = topic;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(KafkaRecord record, KafkaSinkContext context, Long eventTime) {
        // Flink's event time is ignored: the record keeps the timestamp that Kafka gave it.
        return record.toProducerRecord(topic);
    }

    @Override
    public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
        return Optional.of(new DefaultKafkaDatasetFacet(DefaultKafkaDatasetIdentifier.ofTopics(List.of(topic))));
    }
}
