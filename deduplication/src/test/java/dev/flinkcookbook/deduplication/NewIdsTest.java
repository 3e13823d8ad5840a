package dev.flinkcookbook.deduplication;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class NewIdsTest {

    private static final Duration RETENTION = Duration.ofHours(1);
    private static final long START = 1_767_225_600_000L;
    private static final long EXPIRED = START + RETENTION.toMillis();
    private static final long EXPIRED_BY_EVERY_CLOCK =
            EXPIRED + Duration.ofMinutes(1).toMillis();

    private static final Id PAYMENT = new Id(1, 1);
    private static final Id ANOTHER = new Id(2, 2);

    private static NewIds withoutState(int capacity) {
        return new NewIds(capacity, RETENTION, false, START);
    }

    @Nested
    class WithoutState {
        private final NewIds ids = withoutState(1_000);

        @Test
        void anIdThatNeverCameIsCertainlyNew() {
            assertThat(ids.isCertainlyNew(PAYMENT, START)).isTrue();
        }

        @Test
        void anIdThatCameIsNot() {
            ids.remember(PAYMENT, START);
            assertThat(ids.isCertainlyNew(PAYMENT, START)).isFalse();
            assertThat(ids.isCertainlyNew(ANOTHER, START)).isTrue();
        }

        @Test
        void anIdThatCameJustBeforeTheFilterWasRetiredIsRememberedForTheWholeRetention() {
            ids.remember(PAYMENT, EXPIRED_BY_EVERY_CLOCK - 1);
            ids.remember(ANOTHER, EXPIRED_BY_EVERY_CLOCK); // retires the filter
            ids.remember(new Id(3, 3), 2 * EXPIRED_BY_EVERY_CLOCK - START - 1); // too soon to retire the next one
            assertThat(ids.isCertainlyNew(PAYMENT, 2 * EXPIRED_BY_EVERY_CLOCK - START - 1))
                    .isFalse();
        }

        @Test
        void anIdIsForgottenAfterTwoPeriods() {
            long period = EXPIRED_BY_EVERY_CLOCK - START;
            ids.remember(PAYMENT, START);
            ids.remember(ANOTHER, START + period);
            ids.remember(new Id(3, 3), START + 2 * period);
            assertThat(ids.isCertainlyNew(PAYMENT, START + 2 * period)).isTrue();
        }

        @Test
        void atMostAFewInAHundredNewIdsAreAskedForInVain() {
            Random random = new Random(1);
            IntStream.range(0, 1_000).forEach(i -> ids.remember(new Id(random.nextLong(), random.nextInt()), START));
            long inVain = IntStream.range(0, 10_000)
                    .filter(i -> !ids.isCertainlyNew(new Id(random.nextLong(), random.nextInt()), START))
                    .count();
            assertThat(inVain).isLessThan(200);
        }
    }

    @Nested
    class AfterARestore {
        private final NewIds ids = new NewIds(1_000, RETENTION, true, START);

        @Test
        void nothingIsCertainUntilAllThatWasRestoredHasExpired() {
            assertThat(ids.isCertainlyNew(PAYMENT, START)).isFalse();
            assertThat(ids.isCertainlyNew(PAYMENT, EXPIRED_BY_EVERY_CLOCK - 1)).isFalse();
            assertThat(ids.isCertainlyNew(PAYMENT, EXPIRED_BY_EVERY_CLOCK)).isTrue();
        }

        @Test
        void whatCameMeanwhileIsRememberedThen() {
            ids.remember(PAYMENT, EXPIRED);
            assertThat(ids.isCertainlyNew(PAYMENT, EXPIRED_BY_EVERY_CLOCK)).isFalse();
        }
    }

    @Nested
    class WithMoreIdsThanItTakes {
        @Test
        void nothingIsCertainUntilTheForgottenHaveExpired() {
            NewIds ids = withoutState(2);
            IntStream.range(0, 4).forEach(i -> ids.remember(new Id(i, i), START));
            assertThat(ids.isCertainlyNew(new Id(7, 7), START))
                    .as("both filters hold two ids, and nothing was dropped")
                    .isTrue();
            ids.remember(new Id(4, 4), START);
            assertThat(ids.isCertainlyNew(new Id(7, 7), START)).isFalse();
            assertThat(ids.isCertainlyNew(new Id(7, 7), EXPIRED_BY_EVERY_CLOCK)).isTrue();
        }
    }

    @Nested
    class OfNoSize {
        @Test
        void isNeverCertain() {
            NewIds ids = withoutState(0);
            ids.remember(PAYMENT, START);
            assertThat(ids.isCertainlyNew(ANOTHER, START)).isFalse();
        }
    }
}
