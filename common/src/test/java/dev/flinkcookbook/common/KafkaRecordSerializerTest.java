package dev.flinkcookbook.common;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KafkaRecordSerializerTest {

    private static final KafkaRecordSerializer SERIALIZER = KafkaRecordSerializer.INSTANCE;

    static Stream<KafkaRecord> records() {
        RecordHeaders none = new RecordHeaders();
        byte[] large = new byte[900_000];
        large[large.length - 1] = 1;
        return Stream.of(
                record(bytes("k"), bytes("v"), none),
                record(null, null, none),
                record(new byte[0], new byte[0], none),
                record(null, new byte[0], none),
                record(new byte[] {0, -1, 127, -128}, large, none),
                record(null, bytes("v"), headers("trace", "t-1", "trace", "t-2", "trace", "t-1")),
                record(null, bytes("v"), headers("null", null, "empty", "", "", "no name")),
                record(null, bytes("v"), headers("n".repeat(70_000), "longer than writeUTF takes")),
                record(null, bytes("v"), headers("ключ-€-😀", "😀")),
                new KafkaRecord("", 0, 0, KafkaRecord.NO_TIMESTAMP, null, null, none),
                new KafkaRecord("t".repeat(249), Integer.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, null, null, none),
                new KafkaRecord("t", -1, -1, Long.MIN_VALUE, null, null, none));
    }

    @ParameterizedTest
    @MethodSource("records")
    void aRecordComesBackAsItWasWritten(KafkaRecord record) throws IOException {
        DataInputDeserializer bytes = new DataInputDeserializer(written(record));
        assertThat(SERIALIZER.deserialize(bytes)).isEqualTo(record);
        assertThat(bytes.available()).isZero();
    }

    @ParameterizedTest
    @MethodSource("records")
    void aRecordComesBackInsteadOfTheOneOfferedForReuse(KafkaRecord record) throws IOException {
        KafkaRecord reuse = SERIALIZER.createInstance();
        assertThat(SERIALIZER.deserialize(reuse, new DataInputDeserializer(written(record))))
                .isEqualTo(record);
    }

    @ParameterizedTest
    @MethodSource("records")
    void aWrittenRecordIsCopiedByteForByteAndNotAByteFurther(KafkaRecord record) throws IOException {
        DataOutputSerializer two = new DataOutputSerializer(64);
        SERIALIZER.serialize(record, two);
        two.writeInt(42);
        DataInputDeserializer source = new DataInputDeserializer(two.getCopyOfBuffer());
        DataOutputSerializer target = new DataOutputSerializer(64);
        SERIALIZER.copy(source, target);
        assertThat(target.getCopyOfBuffer()).isEqualTo(written(record));
        assertThat(source.readInt()).isEqualTo(42);
    }

    @Test
    void recordsFollowEachOtherWithoutASeparator() throws IOException {
        List<KafkaRecord> all = records().toList();
        DataOutputSerializer target = new DataOutputSerializer(64);
        for (KafkaRecord record : all) {
            SERIALIZER.serialize(record, target);
        }
        DataInputDeserializer source = new DataInputDeserializer(target.getCopyOfBuffer());
        for (KafkaRecord record : all) {
            assertThat(SERIALIZER.deserialize(source)).isEqualTo(record);
        }
        assertThat(source.available()).isZero();
    }

    @Nested
    class ARecordInMemory {
        @Test
        void isSharedRatherThanCopiedSinceNobodyChangesIt() {
            KafkaRecord record = record(bytes("k"), bytes("v"), new RecordHeaders());
            assertThat(SERIALIZER.isImmutableType()).isTrue();
            assertThat(SERIALIZER.copy(record)).isSameAs(record);
            assertThat(SERIALIZER.copy(record, SERIALIZER.createInstance())).isSameAs(record);
        }
    }

    @Nested
    class ASavepoint {
        @Test
        void isReadByTheSameSerializerAsIs() throws IOException {
            DataOutputSerializer target = new DataOutputSerializer(64);
            TypeSerializerSnapshot.writeVersionedSnapshot(target, SERIALIZER.snapshotConfiguration());
            TypeSerializerSnapshot<KafkaRecord> restored = TypeSerializerSnapshot.readVersionedSnapshot(
                    new DataInputDeserializer(target.getCopyOfBuffer()),
                    getClass().getClassLoader());
            assertThat(SERIALIZER
                            .snapshotConfiguration()
                            .resolveSchemaCompatibility(restored)
                            .isCompatibleAsIs())
                    .isTrue();
            assertThat(restored.restoreSerializer()).isEqualTo(SERIALIZER);
        }

        @Test
        void holdsTheFieldsInAnOrderThatNeverChanges() throws IOException {
            assertThat(written(new KafkaRecord("t", 1, 2, 3, null, new byte[] {9}, headers("h", ""))))
                    .containsExactly(
                            0, 1, 't', // topic
                            0, 0, 0, 1, // partition
                            0, 0, 0, 0, 0, 0, 0, 2, // offset
                            0, 0, 0, 0, 0, 0, 0, 3, // timestamp
                            -1, -1, -1, -1, // no key
                            0, 0, 0, 1, 9, // value
                            0, 0, 0, 1, // headers
                            0, 0, 0, 1, 'h', 0, 0, 0, 0);
        }
    }

    private static byte[] written(KafkaRecord record) throws IOException {
        DataOutputSerializer target = new DataOutputSerializer(64);
        SERIALIZER.serialize(record, target);
        return target.getCopyOfBuffer();
    }

    private static KafkaRecord record(byte[] key, byte[] value, Headers headers) {
        return new KafkaRecord("payments", 1, 2, 1_767_225_600_000L, key, value, headers);
    }

    private static Headers headers(String... namesAndValues) {
        Headers headers = new RecordHeaders();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            String value = namesAndValues[i + 1];
            headers.add(namesAndValues[i], value == null ? null : bytes(value));
        }
        return headers;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
