package dev.flinkcookbook.common;

import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;

/**
 * A Kafka record as bytes, with the place it was read from, so that it can be forwarded byte for byte.
 *
 * <p>Immutable by convention: nobody changes the arrays or the headers once the record is made.
 *
 * @param topic where it was read, or where it is to be written by {@link KafkaSinks#toItsTopic}
 * @param partition where it was read
 * @param offset where it was read
 * @param timestamp Kafka's record timestamp in milliseconds since the epoch; negative where there is none
 * @param key may be null
 * @param value null for a tombstone
 * @param headers never null, may be empty
 */
@TypeInfo(KafkaRecord.InfoFactory.class)
public record KafkaRecord(
        String topic, int partition, long offset, long timestamp, byte[] key, byte[] value, Headers headers) {

    /** Stands for "no timestamp": Kafka's producer then stamps the record with its own clock. */
    public static final long NO_TIMESTAMP = -1L;

    /** The record as the consumer delivered it; shares its arrays and headers. */
    public static KafkaRecord from(ConsumerRecord<byte[], byte[]> record) {
        return new KafkaRecord(
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestamp(),
                record.key(),
                record.value(),
                record.headers());
    }

    /** The same key, value, headers and timestamp for another topic; Kafka chooses the partition by the key. */
    public ProducerRecord<byte[], byte[]> toProducerRecord(String targetTopic) {
        // The producer refuses a negative timestamp; null lets it stamp the record itself.
        Long stamp = timestamp < 0 ? null : timestamp;
        return new ProducerRecord<>(targetTopic, null, stamp, key, value, headers);
    }

    public KafkaRecord withKey(byte[] newKey) {
        return new KafkaRecord(topic, partition, offset, timestamp, newKey, value, headers);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KafkaRecord that
                && topic.equals(that.topic)
                && partition == that.partition
                && offset == that.offset
                && timestamp == that.timestamp
                && Arrays.equals(key, that.key)
                && Arrays.equals(value, that.value)
                && headers.equals(that.headers);
    }

    @Override
    public int hashCode() {
        return Objects.hash(topic, partition, offset);
    }

    @Override
    public String toString() {
        return topic + "-" + partition + "@" + offset;
    }

    /** Flink asks this for the type wherever a stream of {@code KafkaRecord} appears. */
    public static final class InfoFactory extends TypeInfoFactory<KafkaRecord> {
        @Override
        public TypeInformation<KafkaRecord> createTypeInfo(Type type, Map<String, TypeInformation<?>> parameters) {
            return new SerializedType<>(KafkaRecord.class, KafkaRecordSerializer.INSTANCE);
        }
    }
}
