package dev.flinkcookbook.deduplication;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SeenIdsSerializerTest {

    private static final SeenIdsSerializer SERIALIZER = SeenIdsSerializer.INSTANCE;
    private static final BloomSizing SIZING = new BloomSizing(1, 100, 0.001);
    private static final Duration RETENTION = Duration.ofHours(1);
    private static final long START = 1_767_225_600_000L;

    /** Some in the older filter, some in the current one. */
    private static SeenIds twoFilters() {
        SeenIds ids = new SeenIds(SIZING, START);
        for (int i = 0; i < 150; i++) {
            ids.add(new Id(i, i), START + i, RETENTION, SIZING);
        }
        return ids;
    }

    private static void assertSame(SeenIds actual, SeenIds expected) {
        assertThat(actual.inCurrent).isEqualTo(expected.inCurrent);
        assertThat(actual.currentSince).isEqualTo(expected.currentSince);
        assertThat(actual.filters).isEqualTo(expected.filters);
    }

    private static byte[] written(SeenIds ids) throws IOException {
        DataOutputSerializer target = new DataOutputSerializer(64);
        SERIALIZER.serialize(ids, target);
        return target.getCopyOfBuffer();
    }

    @Nested
    class WhatIsWritten {
        @Test
        void comesBack() throws IOException {
            SeenIds ids = twoFilters();
            DataInputDeserializer source = new DataInputDeserializer(written(ids));
            assertSame(SERIALIZER.deserialize(source), ids);
            assertThat(source.available()).isZero();
        }

        @Test
        void comesBackAlsoIfNothingWasSeen() throws IOException {
            SeenIds ids = new SeenIds(SIZING, START);
            assertSame(SERIALIZER.deserialize(new DataInputDeserializer(written(ids))), ids);
        }

        @Test
        void goesOnWhereItStopped() throws IOException {
            SeenIds restored = SERIALIZER.deserialize(new DataInputDeserializer(written(twoFilters())));
            for (int i = 0; i < 150; i++) {
                assertThat(restored.add(new Id(i, i), START + 200, RETENTION, SIZING))
                        .isEqualTo(SeenIds.Answer.SEEN);
            }
            assertThat(restored.add(new Id(-1, -1), START + 200, RETENTION, SIZING))
                    .isEqualTo(SeenIds.Answer.NEW);
        }

        @Test
        void isNotReadBeyondItsEnd() throws IOException {
            DataOutputSerializer target = new DataOutputSerializer(64);
            SERIALIZER.serialize(twoFilters(), target);
            SERIALIZER.serialize(new SeenIds(SIZING, 7), target);
            target.writeInt(42);
            DataInputDeserializer source = new DataInputDeserializer(target.getCopyOfBuffer());
            assertSame(SERIALIZER.deserialize(source), twoFilters());
            assertSame(SERIALIZER.deserialize(SERIALIZER.createInstance(), source), new SeenIds(SIZING, 7));
            assertThat(source.readInt()).isEqualTo(42);
        }

        @Test
        void isCopiedByteForByte() throws IOException {
            byte[] original = written(twoFilters());
            DataOutputSerializer target = new DataOutputSerializer(64);
            SERIALIZER.copy(new DataInputDeserializer(original), target);
            assertThat(target.getCopyOfBuffer()).isEqualTo(original);
        }
    }

    @Nested
    class ACopyInMemory {
        @Test
        void isDeepSinceTheFiltersChangeInPlaceWhileACheckpointWritesThem() throws IOException {
            SeenIds ids = twoFilters();
            assertThat(SERIALIZER.isImmutableType()).isFalse();
            SeenIds copy = SERIALIZER.copy(ids);
            SeenIds another = SERIALIZER.copy(ids, SERIALIZER.createInstance());
            byte[] before = written(ids);
            ids.add(new Id(-1, -1), START + 200, RETENTION, SIZING);
            assertThat(written(copy)).isEqualTo(before).isNotEqualTo(written(ids));
            assertThat(written(another)).isEqualTo(before);
        }
    }

    @Nested
    class ASavepoint {
        @Test
        void isReadByTheSameSerializerAsIs() throws IOException {
            DataOutputSerializer target = new DataOutputSerializer(64);
            TypeSerializerSnapshot.writeVersionedSnapshot(target, SERIALIZER.snapshotConfiguration());
            TypeSerializerSnapshot<SeenIds> restored = TypeSerializerSnapshot.readVersionedSnapshot(
                    new DataInputDeserializer(target.getCopyOfBuffer()),
                    getClass().getClassLoader());
            assertThat(SERIALIZER
                            .snapshotConfiguration()
                            .resolveSchemaCompatibility(restored)
                            .isCompatibleAsIs())
                    .isTrue();
            assertThat(restored.restoreSerializer()).isEqualTo(SERIALIZER);
        }
    }

    @Nested
    class ToFlink {
        @Test
        void itIsATypeWithASerializerOfItsOwnNeverKryo() {
            assertThat(TypeInformation.of(SeenIds.class).createSerializer(null)).isSameAs(SERIALIZER);
        }
    }
}
