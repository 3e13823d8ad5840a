package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.Log.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshotSerializationUtil;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands in savepoints: changes and versions of rows by their own serializers, all else without Kryo. */
class ChangeSerializerTest {

    private static <T> T thereAndBack(Class<T> type, T value) throws IOException {
        TypeSerializer<T> serializer = TypeInformation.of(type).createSerializer(new SerializerConfigImpl());
        DataOutputSerializer target = new DataOutputSerializer(16);
        serializer.serialize(value, target);
        DataOutputSerializer copied = new DataOutputSerializer(16);
        serializer.copy(new DataInputDeserializer(target.getCopyOfBuffer()), copied);
        assertThat(copied.getCopyOfBuffer()).isEqualTo(target.getCopyOfBuffer());
        DataInputDeserializer source = new DataInputDeserializer(copied.getCopyOfBuffer());
        T back = serializer.deserialize(source);
        assertThat(source.available()).as("left over").isZero();
        return back;
    }

    private static byte[] ifSet(int bits, int bit, byte[] bytes) {
        return (bits >> bit & 1) == 1 ? bytes : null;
    }

    private static String ifSet(int bits, int bit, String text) {
        return (bits >> bit & 1) == 1 ? text : null;
    }

    /** Each combination of what may be null, under each operation and table. */
    static Stream<Change> changes() {
        return Stream.of(Operation.values())
                .flatMap(operation -> Stream.of(Table.values())
                        .flatMap(table -> IntStream.range(0, 16)
                                .mapToObj(bits -> new Change(
                                        table,
                                        operation,
                                        utf8("{\"id\":\"ü\"}"),
                                        "ü",
                                        ifSet(bits, 0, utf8("{\"before\":\"😀\"}")),
                                        ifSet(bits, 1, new byte[] {0, -1, 127}),
                                        ifSet(bits, 2, "1"),
                                        ifSet(bits, 3, "😀"),
                                        new Position(Position.UNKNOWN, Long.MAX_VALUE, Integer.MAX_VALUE),
                                        Long.MIN_VALUE,
                                        -1,
                                        3,
                                        2))));
    }

    @Test
    void keepsEveryChange() throws IOException {
        for (Change change : changes().toList()) {
            assertThat(thereAndBack(Change.class, change))
                    .usingRecursiveComparison()
                    .isEqualTo(change);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void keepsEveryVersionOfARow(int bits) throws IOException {
        RowVersion version = new RowVersion(
                Position.ofSnapshot(7),
                ifSet(bits, 0, utf8("{\"id\":1}")),
                ifSet(bits, 1, "1"),
                Long.MAX_VALUE,
                (bits & 4) != 0);

        assertThat(thereAndBack(RowVersion.class, version))
                .usingRecursiveComparison()
                .isEqualTo(version);
    }

    static Stream<Class<?>> ownSerializers() {
        return Stream.of(Change.class, RowVersion.class);
    }

    @ParameterizedTest
    @MethodSource("ownSerializers")
    <T> void readsWhatItsSavepointSays(Class<T> type) throws IOException {
        TypeSerializer<T> serializer = TypeInformation.of(type).createSerializer(new SerializerConfigImpl());
        DataOutputSerializer target = new DataOutputSerializer(16);
        TypeSerializerSnapshotSerializationUtil.writeSerializerSnapshot(target, serializer.snapshotConfiguration());
        TypeSerializerSnapshot<T> restored = TypeSerializerSnapshotSerializationUtil.readSerializerSnapshot(
                new DataInputDeserializer(target.getCopyOfBuffer()), getClass().getClassLoader());

        TypeSerializerSchemaCompatibility<T> compatibility =
                serializer.snapshotConfiguration().resolveSchemaCompatibility(restored);

        assertThat(compatibility.isCompatibleAsIs()).isTrue();
        assertThat(restored.restoreSerializer()).isSameAs(serializer);
        assertThat(serializer.isImmutableType()).isTrue();
    }

    /** In the order of the enums stands what savepoints say of tables and operations. */
    @Test
    void knowsTablesAndOperationsByTheirOrder() {
        assertThat(Table.values()).containsExactly(Table.CUSTOMERS, Table.ORDERS, Table.ORDER_LINES);
        assertThat(Stream.of(Operation.values()).map(Operation::toString))
                .containsExactly(
                        "read", "read_last", "insert", "update", "delete", "truncate", "snapshot_complete", "stale");
    }

    @ParameterizedTest
    @ValueSource(
            classes = {Part.class, OrderVersion.class, EnrichedOrder.class, OpenTransaction.class, TransactionEnd.class
            })
    void needsNoKryo(Class<?> type) {
        SerializerConfigImpl strict = new SerializerConfigImpl();
        strict.setGenericTypes(false);

        assertThat(TypeInformation.of(type).createSerializer(strict)).isNotNull();
    }
}
