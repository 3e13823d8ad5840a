package dev.flinkcookbook.deduplication;

import static org.assertj.core.api.Assertions.assertThat;

import com.dynatrace.hash4j.hashing.HashValue128;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SerializerTestBase;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdTest {

    @Nested
    class AnId {
        @Test
        void isTheWholeHash() {
            assertThat(Id.of(new HashValue128(1, 2))).isEqualTo(new Id(1, 2));
        }

        @ParameterizedTest
        @CsvSource({
            "0, 0, 0",
            "1, 2, 3",
            "-1, 1, 1",
            "4631137377688296358, 6400321776511376353, -1231366127",
            "-6758475345107412197, -6130620505085865226, -2099498313",
        })
        void hasTheSameHashCodeInEveryJvmSinceItDecidesTheKeyGroup(long high, long low, int hashCode) {
            assertThat(new Id(high, low)).hasSameHashCodeAs(hashCode);
        }

        @Test
        void staysInItsKeyGroup() {
            assertThat(keyGroup(new Id(4631137377688296358L, 6400321776511376353L)))
                    .isEqualTo(89);
            assertThat(keyGroup(new Id(-6758475345107412197L, -6130620505085865226L)))
                    .isEqualTo(61);
        }

        private static int keyGroup(Id id) {
            return KeyGroupRangeAssignment.assignToKeyGroup(id, 128);
        }
    }

    @Nested
    class ItsBytes {
        @Test
        void areSixteenHoweverLongTheIdWas() throws IOException {
            DataOutputSerializer target = new DataOutputSerializer(16);
            Id.Serializer.INSTANCE.serialize(new Id(0x0102030405060708L, 0x090a0b0c0d0e0ff0L), target);
            assertThat(target.getCopyOfBuffer())
                    .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, -16);
        }
    }

    @Nested
    class ToFlink {
        @Test
        void itIsAKeyWithASerializerOfItsOwn() {
            TypeInformation<Id> type = TypeInformation.of(Id.class);
            assertThat(type.isKeyType()).isTrue();
            assertThat(type.createSerializer(null)).isSameAs(Id.Serializer.INSTANCE);
        }
    }

    /** Flink's own tests of a serializer: copies, reuse, snapshots, Java serialization, threads. */
    @Nested
    class ItsSerializer extends SerializerTestBase<Id> {
        @Override
        protected TypeSerializer<Id> createSerializer() {
            return Id.Serializer.INSTANCE;
        }

        @Override
        protected int getLength() {
            return 16;
        }

        @Override
        protected Class<Id> getTypeClass() {
            return Id.class;
        }

        @Override
        protected Id[] getTestData() {
            return new Id[] {
                new Id(0, 0), new Id(1, 2), new Id(-1, Long.MIN_VALUE), new Id(Long.MAX_VALUE, 0x0102030405060708L)
            };
        }
    }
}
