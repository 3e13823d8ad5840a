package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.common.KafkaRecordSerializer;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** Writes an {@link Occurrence} as a byte that says which parts there are, the parts, and the record. */
final class OccurrenceSerializer extends TypeSerializerSingleton<Occurrence> {

    static final OccurrenceSerializer INSTANCE = new OccurrenceSerializer();

    private static final int HAS_ID = 1;
    private static final int HAS_EVENT_TIME = 2;
    private static final int HAS_VERSION = 4;
    private static final int HAS_FAULT = 8;

    @Override
    public void serialize(Occurrence occurrence, DataOutputView target) throws IOException {
        int parts = (occurrence.id() == null ? 0 : HAS_ID)
                | (occurrence.eventTime() == Occurrence.NO_EVENT_TIME ? 0 : HAS_EVENT_TIME)
                | (occurrence.version() == null ? 0 : HAS_VERSION)
                | (occurrence.fault() == null ? 0 : HAS_FAULT);
        target.writeByte(parts);
        if ((parts & HAS_ID) != 0) {
            Id.Serializer.INSTANCE.serialize(occurrence.id(), target);
        }
        if ((parts & HAS_EVENT_TIME) != 0) {
            target.writeLong(occurrence.eventTime());
        }
        if ((parts & HAS_VERSION) != 0) {
            target.writeBoolean(occurrence.version().instant());
            target.writeLong(occurrence.version().number());
            target.writeInt(occurrence.version().nanos());
        }
        if ((parts & HAS_FAULT) != 0) {
            StringValue.writeString(occurrence.fault().reason(), target);
            StringValue.writeString(occurrence.fault().message(), target);
        }
        KafkaRecordSerializer.INSTANCE.serialize(occurrence.record(), target);
    }

    @Override
    public Occurrence deserialize(DataInputView source) throws IOException {
        int parts = source.readByte();
        Id id = (parts & HAS_ID) != 0 ? Id.Serializer.INSTANCE.deserialize(source) : null;
        long eventTime = (parts & HAS_EVENT_TIME) != 0 ? source.readLong() : Occurrence.NO_EVENT_TIME;
        Version version = (parts & HAS_VERSION) != 0
                ? new Version(source.readBoolean(), source.readLong(), source.readInt())
                : null;
        Occurrence.Fault fault = (parts & HAS_FAULT) != 0
                ? new Occurrence.Fault(StringValue.readString(source), StringValue.readString(source))
                : null;
        KafkaRecord record = KafkaRecordSerializer.INSTANCE.deserialize(source);
        return new Occurrence(record, id, eventTime, version, fault);
    }

    @Override
    public Occurrence deserialize(Occurrence reuse, DataInputView source) throws IOException {
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
    public Occurrence createInstance() {
        return new Occurrence(
                KafkaRecordSerializer.INSTANCE.createInstance(), null, Occurrence.NO_EVENT_TIME, null, null);
    }

    @Override
    public Occurrence copy(Occurrence occurrence) {
        return occurrence;
    }

    @Override
    public Occurrence copy(Occurrence occurrence, Occurrence reuse) {
        return occurrence;
    }

    @Override
    public int getLength() {
        return -1;
    }

    @Override
    public TypeSerializerSnapshot<Occurrence> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Written into every savepoint; the format has no parameters. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Occurrence> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
