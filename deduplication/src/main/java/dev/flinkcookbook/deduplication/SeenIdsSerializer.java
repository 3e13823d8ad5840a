package dev.flinkcookbook.deduplication;

import com.google.common.hash.BloomFilter;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.api.java.typeutils.runtime.DataInputViewStream;
import org.apache.flink.api.java.typeutils.runtime.DataOutputViewStream;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Writes {@link SeenIds} as its count, its start and the two filters in Guava's own format. */
final class SeenIdsSerializer extends TypeSerializerSingleton<SeenIds> {

    static final SeenIdsSerializer INSTANCE = new SeenIdsSerializer();

    @Override
    public void serialize(SeenIds ids, DataOutputView target) throws IOException {
        target.writeInt(ids.inCurrent);
        target.writeInt(ids.capacity);
        target.writeLong(ids.currentSince);
        DataOutputViewStream stream = new DataOutputViewStream(target);
        ids.filters[0].writeTo(stream);
        ids.filters[1].writeTo(stream);
    }

    @Override
    public SeenIds deserialize(DataInputView source) throws IOException {
        int inCurrent = source.readInt();
        int capacity = source.readInt();
        long currentSince = source.readLong();
        DataInputViewStream stream = new DataInputViewStream(source);
        BloomFilter<Id> current = BloomFilter.readFrom(stream, SeenIds.FUNNEL);
        BloomFilter<Id> previous = BloomFilter.readFrom(stream, SeenIds.FUNNEL);
        return new SeenIds(current, previous, inCurrent, capacity, currentSince);
    }

    @Override
    public SeenIds deserialize(SeenIds reuse, DataInputView source) throws IOException {
        return deserialize(source);
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
        serialize(deserialize(source), target);
    }

    /** The filters change in place: while a checkpoint writes one, the heap backend must work on a copy. */
    @Override
    public boolean isImmutableType() {
        return false;
    }

    @Override
    public SeenIds createInstance() {
        return new SeenIds(BloomSizing.of(1, 0.5), 0);
    }

    @Override
    public SeenIds copy(SeenIds ids) {
        return ids.copy();
    }

    @Override
    public SeenIds copy(SeenIds ids, SeenIds reuse) {
        return ids.copy();
    }

    @Override
    public int getLength() {
        return -1;
    }

    @Override
    public TypeSerializerSnapshot<SeenIds> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Written into every savepoint; the format has no parameters. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<SeenIds> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
