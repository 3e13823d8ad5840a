package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.KafkaRecord;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Reads the reading while the record is taken from Kafka: its time is known, and has been judged, where the watermark of its
 * partition is made. Judged any later, a time from the far future would have moved the watermark already.
 */
final class ArrivalDeserializer implements KafkaRecordDeserializationSchema<Arrival> {

    private final ReadingReader reader;

    ArrivalDeserializer(ReadingReader reader) {
        this.reader = reader;
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Arrival> out) {
        out.collect(reader.read(KafkaRecord.from(record)));
    }

    @Override
    public TypeInformation<Arrival> getProducedType() {
        return TypeInformation.of(Arrival.class);
    }
}
