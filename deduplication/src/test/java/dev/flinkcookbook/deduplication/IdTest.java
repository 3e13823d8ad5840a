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
        void isTheFirstNinetySixBitsOfTheHash() {
            assertThat(Id.of(new HashValue128(1, 0x0000_0002_ffff_ffffL))).isEqualTo(new Id(1, 2));
        }

        @ParameterizedTest
        @CsvSource({
            "0, 0, 0",
            "1, 2, 3",
            "-1, 1, 1",
            "4631137377688296358, 1490191038, 1739752432",
            "-6758475345107412197, -1427396319, 1333633089",
        })
        void hasTheSameHashCodeInEveryJvmSinceItDecidesTheKeyGroup(long high, int low, int hashCode) {
            assertThat(new Id(high, low)).hasSameHashCodeAs(hashCode);
        }

        @Test
        void staysInItsKeyGroup() {
            assertThat(keyGroup(new Id(4631137377688296358L, 1490191038))).isEqualTo(72);
            assertThat(keyGroup(new Id(-6758475345107412197L, -1427396319))).isEqualTo(55);
        }

        private static int keyGroup(Id id) {
            return KeyGroupRangeAssignment.assignToKeyGroup(id, 128);
        }
    }

    @Nested
    class ItsBytes {
        @Test
        void areTwelveHoweverLongTheIdWas() throws IOException {
            DataOutputSerializer target = new DataOutputSerializer(12);
            Id.Serializer.INSTANCE.serialize(new Id(0x0102030405060708L, 0x090a0bf0), target);
            assertThat(target.getCopyOfBuffer()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -16);
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
            return 12;
        }

        @Override
        protected Class<Id> getTypeClass() {
            return Id.class;
        }

        @Override
        protected Id[] getTestData() {
            return new Id[] {
                new Id(0, 0), new Id(1, 2), new Id(-1, Integer.MIN_VALUE), new Id(Long.MAX_VALUE, 0x01020304)
            };
        }
    }
}
