package dev.flinkcookbook.failingwell;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.streaming.api.functions.async.AsyncRetryStrategy;
import org.apache.flink.streaming.util.retryable.AsyncRetryStrategies.ExponentialBackoffDelayRetryStrategyBuilder;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class BackoffTest {

    private final Backoff backoff = new Backoff(3, Duration.ofMillis(100), Duration.ofSeconds(1));

    @Test
    void asksSoOftenInAll() {
        assertThat(backoff.canRetry(1)).isTrue();
        assertThat(backoff.canRetry(2)).isTrue();
        assertThat(backoff.canRetry(3)).isFalse();
    }

    @Test
    void doublesThePauseUpToTheLongest() {
        assertThat(IntStream.rangeClosed(1, 6).mapToLong(backoff::longestPause))
                .containsExactly(100L, 200L, 400L, 800L, 1_000L, 1_000L);
        assertThat(backoff.longestPause(100)).isEqualTo(1_000);
    }

    @Test
    void isUpToAQuarterShorterByChance() {
        Set<Long> pauses = IntStream.range(0, 1_000)
                .mapToObj(i -> backoff.getBackoffTimeMillis(2))
                .collect(Collectors.toSet());
        assertThat(pauses).allMatch(pause -> pause >= 150 && pause <= 200).hasSizeGreaterThan(10);
    }

    @Test
    void triesAgainWhatHasFailedAndNothingElse() {
        Payment payment = new Payment(null, "p-1");
        var again = backoff.getRetryPredicate().resultPredicate().orElseThrow();
        assertThat(again.test(List.of(Screening.failed(payment, "timeout", ""))))
                .isTrue();
        assertThat(again.test(List.of(Screening.refused(payment, "http-422", ""))))
                .isFalse();
        assertThat(again.test(List.of(Screening.decided(payment, Screening.Verdict.BLOCKED))))
                .isFalse();
        assertThat(backoff.getRetryPredicate().exceptionPredicate()).isEmpty();
    }

    /** Why there is a strategy of our own. When one of these fails, Flink's has been mended. */
    @Nested
    class ControlFlinksOwnExponentialStrategy {
        private final AsyncRetryStrategy<Screening> flinks =
                new ExponentialBackoffDelayRetryStrategyBuilder<Screening>(3, 100, 10_000, 2.0).build();

        @Test
        void countsAnAttemptMore() {
            assertThat(flinks.canRetry(3)).isTrue();
        }

        @Test
        void letsTheRecordsOfATaskShareTheirPauses() {
            assertThat(flinks.getBackoffTimeMillis(1))
                    .as("one record's first pause")
                    .isEqualTo(100);
            assertThat(flinks.getBackoffTimeMillis(1)).as("another's first").isEqualTo(100);
            assertThat(flinks.getBackoffTimeMillis(2)).as("the one's second").isEqualTo(200);
            assertThat(flinks.getBackoffTimeMillis(2)).as("the other's second").isEqualTo(400);
        }
    }
}
