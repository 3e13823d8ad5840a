package dev.flinkcookbook.measuringlatency;

import dev.flinkcookbook.common.KafkaRecord;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Stamps in the source, before any network buffer; it reads nothing, so that no record can fail here. */
final class ArrivalDeserializer implements KafkaRecordDeserializationSchema<Arrival> {

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Arrival> out) {
        out.collect(new Arrival(KafkaRecord.from(record), System.currentTimeMillis()));
    }

    @Override
    public TypeInformation<Arrival> getProducedType() {
        return TypeInformation.of(Arrival.class);
    }
}
