package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.common.KafkaRecordSerializer;
import java.io.IOException;
import java.math.BigDecimal;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** Writes an {@link Arrival} as a byte that says whether it is readable, its parts, and the record. */
final class ArrivalSerializer extends TypeSerializerSingleton<Arrival> {

    static final ArrivalSerializer INSTANCE = new ArrivalSerializer();

    @Override
    public void serialize(Arrival arrival, DataOutputView target) throws IOException {
        target.writeBoolean(arrival.isReadable());
        if (arrival.isReadable()) {
            StringValue.writeString(arrival.sensor(), target);
            target.writeLong(arrival.at());
            // The reader lets no more than 18 digits pass.
            target.writeByte(arrival.celsius().scale());
            target.writeLong(arrival.celsius().unscaledValue().longValueExact());
        } else {
            StringValue.writeString(arrival.fault().reason(), target);
            StringValue.writeString(arrival.fault().message(), target);
        }
        KafkaRecordSerializer.INSTANCE.serialize(arrival.record(), target);
    }

    @Override
    public Arrival deserialize(DataInputView source) throws IOException {
        if (source.readBoolean()) {
            String sensor = StringValue.readString(source);
            long at = source.readLong();
            int scale = source.readByte();
            BigDecimal celsius = BigDecimal.valueOf(source.readLong(), scale);
            return Arrival.of(KafkaRecordSerializer.INSTANCE.deserialize(source), sensor, at, celsius);
        }
        String reason = StringValue.readString(source);
        String message = StringValue.readString(source);
        return Arrival.unreadable(KafkaRecordSerializer.INSTANCE.deserialize(source), reason, message);
    }

    @Override
    public Arrival deserialize(Arrival reuse, DataInputView source) throws IOException {
        return deserialize(source);
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
        serialize(deserialize(source), target);
    }

    @Override
    public boolean isImmutableType() {
        return true;
    }

    @Override
    public Arrival createInstance() {
        KafkaRecord nothing = KafkaRecordSerializer.INSTANCE.createInstance();
        return Arrival.of(nothing, "", 0, BigDecimal.ZERO);
    }

    @Override
    public Arrival copy(Arrival arrival) {
        return arrival;
    }

    @Override
    public Arrival copy(Arrival arrival, Arrival reuse) {
        return arrival;
    }

    @Override
    public int getLength() {
        return -1;
    }

    @Override
    public TypeSerializerSnapshot<Arrival> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Written into every savepoint; the format has no parameters. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Arrival> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
