package dev.flinkcookbook.deduplication;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoarseTimeTest {

    private static final long NEW_YEAR = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

    private static long between(long first, long second) {
        return CoarseTime.millisBetween(CoarseTime.of(first), CoarseTime.of(second));
    }

    @Nested
    class TheDistanceOfTwoTimes {
        @ParameterizedTest
        @ValueSource(longs = {0, 100, 1_000, 86_400_000, 31_536_000_000L, 189_000_000_000L})
        void isRightUpToSixYears(long distance) {
            assertThat(between(NEW_YEAR, NEW_YEAR + distance)).isEqualTo(distance);
        }

        @Test
        void isRightToATenthOfASecond() {
            for (long distance = 0; distance < 1_000; distance += 7) {
                for (long first = NEW_YEAR; first < NEW_YEAR + 200; first += 13) {
                    assertThat(Math.abs(between(first, first + distance) - distance))
                            .isLessThan(100);
                }
            }
        }

        @Test
        void isNegativeIfTheSecondCameFirst() {
            assertThat(between(NEW_YEAR + 5_000, NEW_YEAR)).isEqualTo(-5_000);
        }

        @Test
        void survivesTheMomentWhenFourBytesOverflow() {
            long wrap = (1L << 31) * 100; // in 1976, and every 13.6 years from then on
            assertThat(CoarseTime.of(wrap - 100)).isEqualTo(Integer.MAX_VALUE);
            assertThat(CoarseTime.of(wrap)).isEqualTo(Integer.MIN_VALUE);
            assertThat(between(wrap - 500, wrap + 500)).isEqualTo(1_000);
            long next = wrap + (1L << 32) * 100;
            assertThat(between(
                            next - Duration.ofDays(365).toMillis(),
                            next + Duration.ofDays(365).toMillis()))
                    .isEqualTo(Duration.ofDays(730).toMillis());
        }

        @Test
        void isDefinedForARecordWithoutATimestamp() {
            assertThat(between(-1, -1)).isZero();
        }
    }
}
