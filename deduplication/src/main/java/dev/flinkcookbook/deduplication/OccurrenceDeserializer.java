package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.common.KafkaRecord;
import org.apache.flink.api.common.serialization.DeserializationSchema.InitializationContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Reads the fields while the record is taken from Kafka: each document is parsed once, and the time of an event is known
 * where the watermark of its partition is made.
 */
final class OccurrenceDeserializer implements KafkaRecordDeserializationSchema<Occurrence> {

    private final EventFields fields;
    private transient OccurrenceReader reader;

    OccurrenceDeserializer(EventFields fields) {
        this.fields = fields;
    }

    @Override
    public void open(InitializationContext context) {
        reader = new OccurrenceReader(fields);
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Occurrence> out) {
        out.collect(reader.read(KafkaRecord.from(record)));
    }

    @Override
    public TypeInformation<Occurrence> getProducedType() {
        return TypeInformation.of(Occurrence.class);
    }
}
