package dev.flinkcookbook.deduplication;

import static dev.flinkcookbook.deduplication.OperatorUnderTest.BY_ID;
import static dev.flinkcookbook.deduplication.Payments.millis;
import static dev.flinkcookbook.deduplication.Payments.payment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.deduplication.Payments.Payment;
import java.time.Duration;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class KeepFirstApproximatelyTest {

    private static final Duration RETENTION = Duration.ofHours(1);
    private static final int EXPECTED_IDS = 20_000;
    private static final double RATE = 0.01;
    private static final long START = millis("10:00:00");

    private static final BloomSizing SIZING = BloomSizing.of(EXPECTED_IDS, RATE);
    private final OperatorUnderTest<Integer> operator = new OperatorUnderTest<>(
            new KeepFirstApproximately(RETENTION, SIZING),
            occurrence -> SIZING.bucketOf(occurrence.id()),
            Types.INT,
            BY_ID,
            new HashMapStateBackend(),
            null);

    @AfterEach
    void close() {
        operator.close();
    }

    private void arrive(int from, int to) {
        for (int i = from; i < to; i++) {
            operator.arrives(payment("p-" + i));
        }
    }

    @Nested
    class WithinTheRetention {
        @Test
        void theFirstGoesOnByteForByteAndLaterOnesGoToTheSide() {
            Payment first =
                    payment("p-1").on(0, 7).keyed("a-7").header("h", "1").header("h", null);
            Payment again = payment("p-1").on(1, 3).ofAccount("another");

            operator.arrives(first, again);

            assertThat(operator.forwarded()).containsExactly(first.record());
            assertThat(operator.duplicates()).containsExactly(again.record());
            assertThat(operator.counter("recordsForwarded")).isEqualTo(1);
            assertThat(operator.counter("duplicatesDropped")).isEqualTo(1);
        }

        @Test
        void noDuplicateOfAsManyIdsAsExpectedPasses() {
            arrive(0, EXPECTED_IDS);
            int forwarded = operator.forwarded().size();

            arrive(0, EXPECTED_IDS);

            assertThat(operator.forwarded()).hasSize(forwarded);
            assertThat(operator.counter("filtersRetiredEarly")).isZero();
        }

        @Test
        void theLastMillisecondStillDropsWhateverTheAgeOfTheFilter() {
            for (Duration age : new Duration[] {Duration.ZERO, Duration.ofMinutes(20), RETENTION.minusMillis(1)}) {
                String id = "p-after-" + age;
                // The bucket's filter starts with another id of the same bucket, so that this one finds it of this age.
                operator.clock(START).arrives(payment(id + "-filler"));
                operator.clock(START + age.toMillis()).arrives(payment(id));
                operator.clock(START + age.toMillis() + RETENTION.toMillis() - 1)
                        .arrives(payment(id).on(0, 1));
                assertThat(operator.duplicates())
                        .as(id)
                        .contains(payment(id).on(0, 1).record());
            }
        }
    }

    @Nested
    class AfterTheRetention {
        @Test
        void anIdIsForgottenAfterTwiceTheRetentionAtTheLatest() {
            operator.arrives(payment("p-1"));
            operator.clock(START + 2 * RETENTION.toMillis())
                    .arrives(payment("p-1").on(0, 1));

            assertThat(operator.forwarded())
                    .containsExactly(
                            payment("p-1").record(), payment("p-1").on(0, 1).record());
        }

        @Test
        void theFiltersTakeTurns() {
            operator.arrives(payment("p-1"));
            // At the retention the filter becomes the older one, which still answers.
            operator.clock(START + RETENTION.toMillis()).arrives(payment("p-1").on(0, 1));
            assertThat(operator.duplicates())
                    .containsExactly(payment("p-1").on(0, 1).record());

            operator.clock(START + 2 * RETENTION.toMillis())
                    .arrives(payment("p-1").on(0, 2));

            assertThat(operator.forwarded())
                    .containsExactly(
                            payment("p-1").record(), payment("p-1").on(0, 2).record());
        }
    }

    @Nested
    class TheMemory {
        @Test
        void isTheSameForTenTimesAsManyIds() {
            arrive(0, EXPECTED_IDS);
            long asExpected = operator.snapshot().getManagedKeyedState().getStateSize();
            int buckets = operator.entries();

            arrive(EXPECTED_IDS, 10 * EXPECTED_IDS);

            assertThat(buckets).isEqualTo(SIZING.buckets());
            assertThat(operator.entries()).isEqualTo(buckets);
            assertThat(operator.snapshot().getManagedKeyedState().getStateSize())
                    .isEqualTo(asExpected);
            assertThat(operator.counter("filtersRetiredEarly")).isGreaterThan(SIZING.buckets());
        }
    }

    @Nested
    class TheRateOfFalsePositives {
        private long lostOfDistinct(int ids) {
            arrive(0, ids);
            assertThat(operator.forwarded().size() + operator.duplicates().size())
                    .isEqualTo(ids);
            assertThat(operator.counter("duplicatesDropped"))
                    .isEqualTo(operator.duplicates().size());
            return operator.duplicates().size();
        }

        @Test
        void holdsForAsManyIdsAsExpected() {
            // The filters fill from empty, so it is well below; none at all would mean that nothing was measured.
            assertThat(lostOfDistinct(EXPECTED_IDS)).isBetween(1L, (long) (RATE * EXPECTED_IDS));
        }

        @Test
        void holdsForTenTimesAsManyIdsBecauseFullFiltersRetireEarly() {
            assertThat(lostOfDistinct(10 * EXPECTED_IDS)).isBetween(1L, (long) (RATE * 10 * EXPECTED_IDS));
        }
    }
}
