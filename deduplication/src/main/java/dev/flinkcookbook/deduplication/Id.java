package dev.flinkcookbook.deduplication;

import com.dynatrace.hash4j.hashing.HashValue128;
import dev.flinkcookbook.common.SerializedType;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The identity of an event: 96 bits of a hash of its id, 12 bytes in state however long the id is. At 10⁹ ids the chance that
 * any two share them is about 10⁻¹¹ (with 64 bits it would be 3 %, and such an event would be lost).
 */
@TypeInfo(Id.InfoFactory.class)
public record Id(long high, int low) {

    static Id of(HashValue128 hash) {
        return new Id(hash.getMostSignificantBits(), (int) (hash.getLeastSignificantBits() >>> Integer.SIZE));
    }

    /** Written out, since it decides the key group: the one that a record gets by itself may change with the JDK. */
    @Override
    public int hashCode() {
        return Long.hashCode(high) ^ low;
    }

    public static final class InfoFactory extends TypeInfoFactory<Id> {
        @Override
        public TypeInformation<Id> createTypeInfo(Type type, Map<String, TypeInformation<?>> parameters) {
            return new SerializedType<>(Id.class, Serializer.INSTANCE);
        }
    }

    /** 12 bytes, where Flink's serializer for records takes 15 (a flag for the record and one for each field). */
    static final class Serializer extends TypeSerializerSingleton<Id> {

        static final Serializer INSTANCE = new Serializer();

        @Override
        public void serialize(Id id, DataOutputView target) throws IOException {
            target.writeLong(id.high);
            target.writeInt(id.low);
        }

        @Override
        public Id deserialize(DataInputView source) throws IOException {
            return new Id(source.readLong(), source.readInt());
        }

        @Override
        public Id deserialize(Id reuse, DataInputView source) throws IOException {
            return deserialize(source);
        }

        @Override
        public void copy(DataInputView source, DataOutputView target) throws IOException {
            target.write(source, getLength());
        }

        @Override
        public boolean isImmutableType() {
            return true;
        }

        @Override
        public Id createInstance() {
            return new Id(0, 0);
        }

        @Override
        public Id copy(Id id) {
            return id;
        }

        @Override
        public Id copy(Id id, Id reuse) {
            return id;
        }

        @Override
        public int getLength() {
            return Long.BYTES + Integer.BYTES;
        }

        @Override
        public TypeSerializerSnapshot<Id> snapshotConfiguration() {
            return new Snapshot();
        }

        /** Written into every savepoint; the format has no parameters. */
        public static final class Snapshot extends SimpleTypeSerializerSnapshot<Id> {
            public Snapshot() {
                super(() -> INSTANCE);
            }
        }
    }
}
