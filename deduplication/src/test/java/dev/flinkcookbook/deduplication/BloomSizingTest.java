package dev.flinkcookbook.deduplication;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BloomSizingTest {

    private static final double RATE = 0.001;

    @Nested
    class TheBuckets {
        @ParameterizedTest
        @CsvSource({
            "1, 1024",
            "1000, 1024",
            "1000000, 1024",
            "1024000, 1024",
            "1024001, 1025",
            "1000000000, 1000000",
            "1000000000000, 1000000000"
        })
        void holdAboutAThousandIdsEachAndAreEnoughForEverySubtask(long expectedIds, int buckets) {
            assertThat(BloomSizing.of(expectedIds, RATE).buckets()).isEqualTo(buckets);
        }

        @ParameterizedTest
        @ValueSource(longs = {1, 1_000, 1_000_000, 1_000_000_000})
        void takeMoreThanTheirShareAndNotMuchMore(long expectedIds) {
            BloomSizing sizing = BloomSizing.of(expectedIds, RATE);
            double share = (double) expectedIds / sizing.buckets();
            assertThat((double) sizing.capacity()).isGreaterThan(share).isLessThan(1.25 * share + 20);
        }

        @ParameterizedTest
        @ValueSource(longs = {1, 1_000, 50_000, 1_000_000, 20_000_000})
        void areNoneOfThemFullWhenAllExpectedIdsHaveCome(long expectedIds) {
            BloomSizing sizing = BloomSizing.of(expectedIds, RATE);
            SplittableRandom random = new SplittableRandom(20260101);
            int[] load = new int[sizing.buckets()];
            for (long i = 0; i < expectedIds; i++) {
                load[sizing.bucketOf(new Id(random.nextLong(), random.nextInt()))]++;
            }
            assertThat(Arrays.stream(load).max().getAsInt()).isLessThanOrEqualTo(sizing.capacity());
            assertThat(Arrays.stream(load).sum()).isEqualTo((int) expectedIds);
        }

        @ParameterizedTest
        @ValueSource(longs = {1, 1_000, 1_000_000, 1_000_000_000})
        void areAllLikelyNeverFull(long expectedIds) {
            // At a billion ids there are too many buckets to try: the load of one is Poisson-distributed.
            BloomSizing sizing = BloomSizing.of(expectedIds, RATE);
            double mean = (double) expectedIds / sizing.buckets();
            assertThat(sizing.buckets() * poissonAbove(sizing.capacity(), mean)).isLessThan(0.01);
        }

        @ParameterizedTest
        @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 1, Long.MAX_VALUE})
        void areNumberedFromZeroWhateverTheHash(long high) {
            BloomSizing sizing = BloomSizing.of(1_000_000, RATE);
            assertThat(sizing.bucketOf(new Id(high, 7))).isBetween(0, sizing.buckets() - 1);
        }

        @Test
        void ofAnIdNeverChangeSinceTheyAreKeysInSavepoints() {
            BloomSizing sizing = BloomSizing.of(1_000_000, RATE);
            assertThat(sizing.bucketOf(new Id(0, 1))).isZero();
            assertThat(sizing.bucketOf(new Id(1023, 1))).isEqualTo(1023);
            assertThat(sizing.bucketOf(new Id(1024, 1))).isZero();
            assertThat(sizing.bucketOf(new Id(-1, 1))).isEqualTo(1023);
        }

        /** The chance that a Poisson-distributed number is above {@code bound}, summed from its first term. */
        private static double poissonAbove(int bound, double mean) {
            double logOfTerm = -mean;
            for (int i = 1; i <= bound + 1; i++) {
                logOfTerm += Math.log(mean / i);
            }
            double sum = 0;
            double term = Math.exp(logOfTerm);
            for (int i = bound + 2; term > sum * 1e-12; i++) {
                sum += term;
                term *= mean / i;
            }
            return sum;
        }
    }

    @Nested
    class AFilter {
        @Test
        void ofAThousandIdsIsAboutTwoKilobytes() throws IOException {
            assertThat(bytesOf(BloomSizing.of(1_000_000, 0.001))).isBetween(1_500, 3_000);
        }

        @Test
        void staysAsSmallHoweverManyIdsAreExpected() throws IOException {
            assertThat(bytesOf(BloomSizing.of(1_000_000_000, 0.001)))
                    .isEqualTo(bytesOf(BloomSizing.of(1_024_000_000, 0.001)))
                    .isLessThan(3_000);
        }

        @Test
        void errsHalfAsOftenAsBothOfABucketTogetherMay() {
            BloomSizing sizing = new BloomSizing(1, 10_000, 0.01);
            var filter = sizing.emptyFilter();
            SplittableRandom random = new SplittableRandom(20260101);
            for (int i = 0; i < sizing.capacity(); i++) {
                filter.put(new Id(random.nextLong(), random.nextInt()));
            }
            assertThat(filter.expectedFpp()).isBetween(0.004, 0.0055);
        }

        private static int bytesOf(BloomSizing sizing) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            sizing.emptyFilter().writeTo(bytes);
            return bytes.size();
        }
    }
}
