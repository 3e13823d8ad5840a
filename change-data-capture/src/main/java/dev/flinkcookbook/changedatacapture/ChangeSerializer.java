package dev.flinkcookbook.changedatacapture;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** Writes a {@link Change} field by field; an array as its length, -1 for null, and its bytes. */
final class ChangeSerializer extends TypeSerializerSingleton<Change> {

    static final ChangeSerializer INSTANCE = new ChangeSerializer();

    private static final Table[] TABLES = Table.values();
    private static final Operation[] OPERATIONS = Operation.values();

    @Override
    public void serialize(Change change, DataOutputView target) throws IOException {
        target.writeByte(change.table().ordinal());
        target.writeByte(change.operation().ordinal());
        writeBytes(change.key(), target);
        StringValue.writeString(change.id(), target);
        writeBytes(change.before(), target);
        writeBytes(change.after(), target);
        StringValue.writeString(change.referred(), target);
        StringValue.writeString(change.refers(), target);
        writePosition(change.position(), target);
        target.writeLong(change.transaction());
        target.writeLong(change.committedAt());
        target.writeInt(change.parts());
        target.writeInt(change.part());
    }

    @Override
    public Change deserialize(DataInputView source) throws IOException {
        return new Change(
                TABLES[source.readByte()],
                OPERATIONS[source.readByte()],
                readBytes(source),
                StringValue.readString(source),
                readBytes(source),
                readBytes(source),
                StringValue.readString(source),
                StringValue.readString(source),
                readPosition(source),
                source.readLong(),
                source.readLong(),
                source.readInt(),
                source.readInt());
    }

    static void writeBytes(byte[] bytes, DataOutputView target) throws IOException {
        target.writeInt(bytes == null ? -1 : bytes.length);
        if (bytes != null) {
            target.write(bytes);
        }
    }

    static byte[] readBytes(DataInputView source) throws IOException {
        int length = source.readInt();
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[length];
        source.readFully(bytes);
        return bytes;
    }

    static void writePosition(Position position, DataOutputView target) throws IOException {
        target.writeLong(position.commit());
        target.writeLong(position.lsn());
        target.writeInt(position.order());
    }

    static Position readPosition(DataInputView source) throws IOException {
        return new Position(source.readLong(), source.readLong(), source.readInt());
    }

    @Override
    public Change deserialize(Change reuse, DataInputView source) throws IOException {
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
    public Change createInstance() {
        return new Change(
                Table.CUSTOMERS,
                Operation.STALE,
                new byte[0],
                "",
                null,
                null,
                null,
                null,
                Position.ofSnapshot(0),
                0,
                0,
                1,
                0);
    }

    @Override
    public Change copy(Change change) {
        return change;
    }

    @Override
    public Change copy(Change change, Change reuse) {
        return change;
    }

    @Override
    public int getLength() {
        return -1;
    }

    @Override
    public TypeSerializerSnapshot<Change> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Written into every savepoint; the format has no parameters. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Change> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
