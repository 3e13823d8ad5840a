package dev.flinkcookbook.deduplication;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.runtime.PojoSerializer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VersionTest {

    private static Version integer(long integer) {
        return Version.of(integer);
    }

    private static Version instant(String instant) {
        return Version.of(Instant.parse(instant));
    }

    @Nested
    class AnInteger {
        @ParameterizedTest
        @CsvSource({"2, 1", "0, -1", "10, 9", "9223372036854775807, -9223372036854775808"})
        void isNewerIfItIsHigher(long newer, long older) {
            assertThat(integer(newer).isNewerThan(integer(older))).isTrue();
            assertThat(integer(older).isNewerThan(integer(newer))).isFalse();
        }

        @Test
        void isNotNewerThanItself() {
            assertThat(integer(7).isNewerThan(integer(7))).isFalse();
        }
    }

    @Nested
    class AnInstant {
        @ParameterizedTest
        @CsvSource({
            "2026-01-01T00:00:01Z, 2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.000000001Z, 2026-01-01T00:00:00Z",
            "2026-01-01T00:00:01Z, 2026-01-01T00:00:00.999999999Z",
            "1969-12-31T23:59:59.9Z, 1969-12-31T23:59:59.1Z"
        })
        void isNewerIfItIsLaterByANanosecond(String newer, String older) {
            assertThat(instant(newer).isNewerThan(instant(older))).isTrue();
            assertThat(instant(older).isNewerThan(instant(newer))).isFalse();
        }

        @Test
        void isNotNewerThanItself() {
            assertThat(instant("2026-01-01T00:00:00Z").isNewerThan(instant("2026-01-01T00:00:00Z")))
                    .isFalse();
        }
    }

    @Nested
    class TheTwoKinds {
        @Test
        void doNotCompare() {
            assertThat(integer(1).isComparableTo(instant("1970-01-01T00:00:01Z")))
                    .isFalse();
            assertThat(instant("1970-01-01T00:00:01Z").isComparableTo(integer(1)))
                    .isFalse();
            assertThat(integer(1)).isNotEqualTo(instant("1970-01-01T00:00:01Z"));
        }

        @Test
        void compareEachWithItsOwn() {
            assertThat(integer(1).isComparableTo(integer(2))).isTrue();
            assertThat(instant("1970-01-01T00:00:01Z").isComparableTo(instant("2026-01-01T00:00:00Z")))
                    .isTrue();
        }
    }

    @Nested
    class ToFlink {
        @Test
        void itIsARecordOfFieldsNeverKryo() {
            assertThat(TypeInformation.of(Version.class).createSerializer(new SerializerConfigImpl()))
                    .isInstanceOf(PojoSerializer.class);
        }
    }
}
