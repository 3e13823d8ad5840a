package dev.flinkcookbook.deduplication;

import static dev.flinkcookbook.deduplication.SeenIds.Answer.NEW;
import static dev.flinkcookbook.deduplication.SeenIds.Answer.NEW_AND_RETIRED_EARLY;
import static dev.flinkcookbook.deduplication.SeenIds.Answer.SEEN;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeenIdsTest {

    private static final long START = 1_767_225_600_000L;
    private static final Duration RETENTION = Duration.ofMillis(1_000);
    private static final BloomSizing ROOMY = new BloomSizing(1, 1_000, 1e-6);

    private static final Id PAYMENT = new Id(1, 1);
    private static final Id ANOTHER = new Id(2, 2);
    private static final Id YET_ANOTHER = new Id(3, 3);

    private final SeenIds ids = new SeenIds(ROOMY, START);

    /** Milliseconds since the start. */
    private SeenIds.Answer at(long millis, Id id) {
        return ids.add(id, START + millis, RETENTION, ROOMY);
    }

    @Nested
    class AnId {
        @Test
        void isNewOnce() {
            assertThat(at(0, PAYMENT)).isEqualTo(NEW);
            assertThat(at(0, PAYMENT)).isEqualTo(SEEN);
            assertThat(at(0, ANOTHER)).isEqualTo(NEW);
        }

        @ParameterizedTest
        @ValueSource(longs = {0, 1, 500, 999})
        void isRememberedForAtLeastTheRetentionWheneverItCame(long came) {
            assertThat(at(came, PAYMENT)).isEqualTo(NEW);
            assertThat(at(came + 999, PAYMENT)).isEqualTo(SEEN);
            assertThat(at(came + 1_000, PAYMENT)).isEqualTo(SEEN);
        }

        @ParameterizedTest
        @ValueSource(longs = {0, 1, 500, 999})
        void isForgottenAtTheLatestAfterTwiceTheRetentionIfNothingElseCame(long came) {
            assertThat(at(came, PAYMENT)).isEqualTo(NEW);
            assertThat(at(came + 2_000, PAYMENT)).isEqualTo(NEW);
        }

        @Test
        void isRememberedUntilAMillisecondBeforeThatIfItCameFirst() {
            assertThat(at(0, PAYMENT)).isEqualTo(NEW);
            assertThat(at(1_999, PAYMENT)).isEqualTo(SEEN);
            assertThat(at(2_000, PAYMENT)).isEqualTo(NEW);
        }

        @ParameterizedTest
        @ValueSource(longs = {1, 999, 1_000, 1_001, 1_500, 1_999})
        void isForgottenAtTheLatestAfterTwiceTheRetentionWhateverCameBetween(long between) {
            assertThat(at(0, PAYMENT)).isEqualTo(NEW);
            assertThat(at(between, ANOTHER)).isEqualTo(NEW);
            assertThat(at(2_000, PAYMENT)).isEqualTo(NEW);
        }

        @Test
        void isNotRememberedLongerForBeingRepeated() {
            assertThat(at(0, PAYMENT)).isEqualTo(NEW);
            for (int millis = 1; millis < 2_000; millis++) {
                at(millis, PAYMENT);
            }
            assertThat(at(2_000, PAYMENT)).isEqualTo(NEW);
        }

        @Test
        void staysWithinBothBoundsInALongRandomLife() {
            SplittableRandom random = new SplittableRandom(20260101);
            long now = 0;
            for (int i = 0; i < 20_000; i++) {
                // Stretches of silence and bursts, around the retention.
                now += random.nextInt(4) == 0 ? random.nextInt(2_500) : random.nextInt(20);
                Id id = new Id(i, random.nextInt());
                SeenIds later = ids.copy();
                assertThat(at(now, id)).isEqualTo(NEW);
                SeenIds within = ids.copy();
                assertThat(within.add(id, START + now + 1_000, RETENTION, ROOMY))
                        .isEqualTo(SEEN);
                // Others that come between, one of them at the worst moment, prolong nothing.
                later.add(id, START + now, RETENTION, ROOMY);
                later.add(new Id(-i, 1), START + now + random.nextInt(2_000), RETENTION, ROOMY);
                assertThat(later.add(id, START + now + 2_000, RETENTION, ROOMY)).isEqualTo(NEW);
            }
        }
    }

    @Nested
    class ALookUpAlone {
        @Test
        void givesTheSameAnswersWhetherItWasWrittenBackOrNot() {
            // RocksDB hands out a copy, which is not written back for a duplicate; the heap hands out the object
            // itself.
            SeenIds stored = ids.copy();
            at(0, PAYMENT);
            stored.add(PAYMENT, START, RETENTION, ROOMY);
            for (long millis = 100; millis < 2_500; millis += 150) {
                SeenIds.Answer onHeap = at(millis, PAYMENT);
                SeenIds read = stored.copy();
                assertThat(read.add(PAYMENT, START + millis, RETENTION, ROOMY)).isEqualTo(onHeap);
                stored = onHeap == SEEN ? stored : read;
            }
        }
    }

    @Nested
    class AfterALongSilence {
        @Test
        void everythingIsForgottenAtOnce() {
            at(0, PAYMENT);
            at(1_500, ANOTHER);
            assertThat(at(1_000_000, YET_ANOTHER)).isEqualTo(NEW);
            assertThat(at(1_000_000, PAYMENT)).isEqualTo(NEW);
            assertThat(at(1_000_000, ANOTHER)).isEqualTo(NEW);
        }
    }

    @Nested
    class AClockThatGoesBack {
        @Test
        void forgetsNothing() {
            at(500, PAYMENT);
            assertThat(at(-10_000, PAYMENT)).isEqualTo(SEEN);
            assertThat(at(500, PAYMENT)).isEqualTo(SEEN);
        }
    }

    @Nested
    class AFullFilter {
        private final BloomSizing ofThree = new BloomSizing(1, 3, 1e-6);
        private final SeenIds few = new SeenIds(ofThree, START);

        private SeenIds.Answer add(int number) {
            return few.add(new Id(number, number), START, RETENTION, ofThree);
        }

        @Test
        void isRetiredEarlyAndSaysSo() {
            assertThat(add(1)).isEqualTo(NEW);
            assertThat(add(2)).isEqualTo(NEW);
            assertThat(add(3)).isEqualTo(NEW);
            assertThat(add(4)).isEqualTo(NEW_AND_RETIRED_EARLY);
            assertThat(add(5)).isEqualTo(NEW);
        }

        @Test
        void isFullWhenItHoldsWhatItWasMadeForThoughMoreAreExpectedNow() {
            BloomSizing ofAThousand = new BloomSizing(1, 1_000, 1e-6);
            add(1);
            add(2);
            add(3);
            assertThat(few.add(new Id(4, 4), START, RETENTION, ofAThousand)).isEqualTo(NEW_AND_RETIRED_EARLY);
            assertThat(few.capacity).as("of the new filter").isEqualTo(1_000);
            assertThat(few.copy().capacity).isEqualTo(1_000);
        }

        @Test
        void isNotRetiredByADuplicate() {
            add(1);
            add(2);
            add(3);
            assertThat(add(3)).isEqualTo(SEEN);
            assertThat(few.inCurrent).isEqualTo(3);
        }

        @Test
        void isStillAskedUntilTheNextIsFull() {
            for (int number = 1; number <= 6; number++) {
                add(number);
            }
            assertThat(add(1)).isEqualTo(SEEN);
            assertThat(add(7)).isEqualTo(NEW_AND_RETIRED_EARLY);
            assertThat(add(1)).isEqualTo(NEW);
            assertThat(add(4)).isEqualTo(SEEN);
        }

        @Test
        void startsTheRetentionOfTheNextAnew() {
            few.add(new Id(1, 1), START, RETENTION, ofThree);
            few.add(new Id(2, 2), START, RETENTION, ofThree);
            few.add(new Id(3, 3), START, RETENTION, ofThree);
            few.add(new Id(4, 4), START + 900, RETENTION, ofThree);
            assertThat(few.add(new Id(4, 4), START + 1_900, RETENTION, ofThree)).isEqualTo(SEEN);
            assertThat(few.add(new Id(1, 1), START + 1_900, RETENTION, ofThree)).isEqualTo(NEW);
        }
    }

    @Nested
    class TheRateOfFalsePositives {
        private static final int PROBES = 200_000;

        @ParameterizedTest
        @ValueSource(doubles = {0.1, 0.01, 0.001})
        void holdsForTheExpectedIds(double rate) {
            assertHolds(rate, 1);
        }

        @ParameterizedTest
        @ValueSource(doubles = {0.1, 0.01, 0.001})
        void holdsForTenTimesTheExpectedIds(double rate) {
            assertHolds(rate, 10);
        }

        private static void assertHolds(double rate, int timesExpected) {
            BloomSizing sizing = new BloomSizing(1, 5_000, rate);
            SeenIds ids = new SeenIds(sizing, START);
            SplittableRandom random = new SplittableRandom(20260101);
            for (int i = 0; i < timesExpected * sizing.capacity(); i++) {
                ids.add(new Id(random.nextLong(), random.nextInt()), START, RETENTION, sizing);
            }
            int seen = 0;
            for (int i = 0; i < PROBES; i++) {
                Id fresh = new Id(random.nextLong(), random.nextInt());
                seen += ids.filters[0].mightContain(fresh) || ids.filters[1].mightContain(fresh) ? 1 : 0;
            }
            // Five standard deviations of the number that so many probes may give: one run in three million fails by
            // chance.
            double most = PROBES * rate + 5 * Math.sqrt(PROBES * rate);
            assertThat((double) seen).isLessThanOrEqualTo(most);
        }

        @Test
        void isNotHeldByRememberingNothing() {
            BloomSizing sizing = new BloomSizing(1, 5_000, 0.01);
            SeenIds full = new SeenIds(sizing, START);
            SplittableRandom random = new SplittableRandom(20260101);
            for (int i = 0; i < 10 * sizing.capacity(); i++) {
                Id id = new Id(random.nextLong(), random.nextInt());
                full.add(id, START, RETENTION, sizing);
                assertThat(full.add(id, START, RETENTION, sizing)).isEqualTo(SEEN);
            }
        }
    }

    @Nested
    class ACopy {
        @Test
        void remembersTheSame() {
            at(0, PAYMENT);
            at(1_200, ANOTHER);
            SeenIds copy = ids.copy();
            assertThat(copy.add(PAYMENT, START + 1_300, RETENTION, ROOMY)).isEqualTo(SEEN);
            assertThat(copy.add(ANOTHER, START + 1_300, RETENTION, ROOMY)).isEqualTo(SEEN);
            assertThat(copy.inCurrent).isEqualTo(ids.inCurrent);
            assertThat(copy.currentSince).isEqualTo(ids.currentSince);
        }

        @Test
        void learnsNothingFromTheOriginalNorTheOriginalFromIt() {
            at(0, PAYMENT);
            SeenIds copy = ids.copy();
            at(1, ANOTHER);
            copy.add(YET_ANOTHER, START + 1, RETENTION, ROOMY);
            assertThat(copy.add(ANOTHER, START + 2, RETENTION, ROOMY)).isEqualTo(NEW);
            assertThat(at(2, YET_ANOTHER)).isEqualTo(NEW);
        }

        @Test
        void ofTheOlderFilterIsDeepToo() {
            at(0, PAYMENT);
            at(1_500, ANOTHER);
            SeenIds copy = ids.copy();
            assertThat(copy.filters[1]).isEqualTo(ids.filters[1]).isNotSameAs(ids.filters[1]);
        }
    }
}
