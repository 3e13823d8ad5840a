package dev.flinkcookbook.common;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Writes a {@link KafkaRecord} field by field; an array as its length (−1 for null) and its bytes. */
public final class KafkaRecordSerializer extends TypeSerializerSingleton<KafkaRecord> {

    public static final KafkaRecordSerializer INSTANCE = new KafkaRecordSerializer();

    private static final int NULL = -1;
    private static final byte[] EMPTY = new byte[0];

    @Override
    public void serialize(KafkaRecord record, DataOutputView target) throws IOException {
        target.writeUTF(record.topic());
        target.writeInt(record.partition());
        target.writeLong(record.offset());
        target.writeLong(record.timestamp());
        writeBytes(record.key(), target);
        writeBytes(record.value(), target);
        Header[] headers = record.headers().toArray();
        target.writeInt(headers.length);
        for (Header header : headers) {
            // Not writeUTF, which ends at 64 kB: a header's name may be longer.
            writeBytes(header.key().getBytes(StandardCharsets.UTF_8), target);
            writeBytes(header.value(), target);
        }
    }

    @Override
    public KafkaRecord deserialize(DataInputView source) throws IOException {
        return new KafkaRecord(
                source.readUTF(),
                source.readInt(),
                source.readLong(),
                source.readLong(),
                readBytes(source),
                readBytes(source),
                readHeaders(source));
    }

    private static Headers readHeaders(DataInputView source) throws IOException {
        Headers headers = new RecordHeaders();
        for (int count = source.readInt(); count > 0; count--) {
            String name = new String(readBytes(source), StandardCharsets.UTF_8);
            headers.add(new RecordHeader(name, readBytes(source)));
        }
        return headers;
    }

    private static void writeBytes(byte[] bytes, DataOutputView target) throws IOException {
        if (bytes == null) {
            target.writeInt(NULL);
        } else {
            target.writeInt(bytes.length);
            target.write(bytes);
        }
    }

    private static byte[] readBytes(DataInputView source) throws IOException {
        int length = source.readInt();
        if (length <= 0) {
            return length == NULL ? null : EMPTY;
        }
        byte[] bytes = new byte[length];
        source.readFully(bytes);
        return bytes;
    }

    @Override
    public KafkaRecord deserialize(KafkaRecord reuse, DataInputView source) throws IOException {
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
    public KafkaRecord createInstance() {
        return new KafkaRecord("", 0, 0, KafkaRecord.NO_TIMESTAMP, null, null, new RecordHeaders());
    }

    @Override
    public KafkaRecord copy(KafkaRecord record) {
        return record;
    }

    @Override
    public KafkaRecord copy(KafkaRecord record, KafkaRecord reuse) {
        return record;
    }

    @Override
    public int getLength() {
        return -1;
    }

    @Override
    public TypeSerializerSnapshot<KafkaRecord> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Written into every savepoint; the format has no parameters. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<KafkaRecord> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
