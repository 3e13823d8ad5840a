package dev.flinkcookbook.changedatacapture;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** Writes a {@link RowVersion} field by field, in the manner of {@link ChangeSerializer}. */
final class RowVersionSerializer extends TypeSerializerSingleton<RowVersion> {

    static final RowVersionSerializer INSTANCE = new RowVersionSerializer();

    @Override
    public void serialize(RowVersion version, DataOutputView target) throws IOException {
        ChangeSerializer.writePosition(version.position(), target);
        ChangeSerializer.writeBytes(version.row(), target);
        StringValue.writeString(version.refers(), target);
        target.writeLong(version.forgetAt());
        target.writeBoolean(version.first());
    }

    @Override
    public RowVersion deserialize(DataInputView source) throws IOException {
        return new RowVersion(
                ChangeSerializer.readPosition(source),
                ChangeSerializer.readBytes(source),
                StringValue.readString(source),
                source.readLong(),
                source.readBoolean());
    }

    @Override
    public RowVersion deserialize(RowVersion reuse, DataInputView source) throws IOException {
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
    public RowVersion createInstance() {
        return new RowVersion(Position.ofSnapshot(0), null, null, 0, false);
    }

    @Override
    public RowVersion copy(RowVersion version) {
        return version;
    }

    @Override
    public RowVersion copy(RowVersion version, RowVersion reuse) {
        return version;
    }

    @Override
    public int getLength() {
        return -1;
    }

    @Override
    public TypeSerializerSnapshot<RowVersion> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Written into every savepoint; the format has no parameters. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<RowVersion> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
