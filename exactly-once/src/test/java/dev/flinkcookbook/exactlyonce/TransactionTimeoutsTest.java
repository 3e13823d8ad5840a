package dev.flinkcookbook.exactlyonce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.flinkcookbook.common.FlagException;
import java.time.Duration;
import java.util.Optional;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class TransactionTimeoutsTest {

    private static final Duration NEEDED = Duration.ofMinutes(5 + 3).plusSeconds(5);

    private static TransactionTimeouts transaction(Duration timeout) {
        return new TransactionTimeouts(Duration.ofSeconds(5), Duration.ofMinutes(5), Duration.ofMinutes(3), timeout);
    }

    private static void assertRefused(String line, Duration timeout, Duration brokersMaximum) {
        assertThatExceptionOfType(FlagException.class)
                .isThrownBy(() -> transaction(timeout).require(Optional.ofNullable(brokersMaximum)))
                .withMessage(line);
    }

    @Nested
    class AnOutage {
        @Test
        void mayLastUntilAMillisecondBeforeTheBrokerAborts() {
            assertThatCode(() -> transaction(NEEDED.plusMillis(1)).require(Optional.empty()))
                    .doesNotThrowAnyException();
        }

        @Test
        void mayNotLastUntilTheBrokerAborts() {
            assertRefused(
                    "--transaction-timeout: got '485s', expected more than the longest wait for a checkpoint 5s + checkpoint timeout 5min"
                            + " + --longest-outage 3min: an outage of that length would lose data",
                    NEEDED,
                    null);
        }

        @Test
        void mayNotLastAMillisecondLongerEither() {
            assertRefused(
                    "--transaction-timeout: got '484999ms', expected more than the longest wait for a checkpoint 5s + checkpoint timeout"
                            + " 5min + --longest-outage 3min: an outage of that length would lose data",
                    NEEDED.minusMillis(1),
                    null);
        }

        @Test
        void isRefusedEvenIfTheSumIsMoreThanMillisecondsCanCount() {
            Duration longest = Duration.ofMillis(Integer.MAX_VALUE);

            assertThatExceptionOfType(FlagException.class)
                    .isThrownBy(() -> new TransactionTimeouts(
                                    Duration.ofMillis(Long.MAX_VALUE),
                                    Duration.ofMillis(Long.MAX_VALUE),
                                    longest,
                                    longest)
                            .require(Optional.empty()));
        }
    }

    @Nested
    class TheWaitForACheckpoint {
        private final CheckpointConfig checkpoints = new CheckpointConfig();

        TheWaitForACheckpoint() {
            checkpoints.setCheckpointInterval(60_000);
            checkpoints.setCheckpointTimeout(20_000);
        }

        private Duration longest() {
            return TransactionTimeouts.of(
                            checkpoints,
                            ExactlyOnceParameters.from().orElseThrow().transactions())
                    .untilTheNextCheckpoint();
        }

        @Test
        void isTheIntervalIfCheckpointsTakeLess() {
            assertThat(longest()).isEqualTo(Duration.ofMinutes(1));
        }

        @Test
        void isAsLongAsTheCheckpointBeforeMayTakeAndThePauseAfterIt() {
            checkpoints.setCheckpointTimeout(90_000);
            assertThat(longest()).isEqualTo(Duration.ofSeconds(90));

            checkpoints.setMinPauseBetweenCheckpoints(30_000);
            assertThat(longest()).isEqualTo(Duration.ofMinutes(2));
        }

        @Test
        void comesAgainForEachFailedCheckpointThatIsTolerated() {
            checkpoints.setTolerableCheckpointFailureNumber(3);

            assertThat(longest()).isEqualTo(Duration.ofMinutes(4));
        }
    }

    @Nested
    class TheBrokersMaximum {
        private final Duration timeout = Duration.ofMinutes(15);

        @Test
        void mayBeReached() {
            assertThatCode(() -> transaction(timeout).require(Optional.of(timeout)))
                    .doesNotThrowAnyException();
            assertThatCode(() -> transaction(timeout).require(Optional.of(timeout.plusMillis(1))))
                    .doesNotThrowAnyException();
        }

        @Test
        void mayNotBeExceededByAMillisecond() {
            assertRefused(
                    "--transaction-timeout: got '15min', expected at most the broker's transaction.max.timeout.ms, 899999ms",
                    timeout,
                    timeout.minusMillis(1));
        }

        @Test
        void isNamedFirstSinceALongerTimeoutWouldNotHelp() {
            assertRefused(
                    "--transaction-timeout: got '1min', expected at most the broker's transaction.max.timeout.ms, 30s",
                    Duration.ofMinutes(1),
                    Duration.ofSeconds(30));
        }
    }
}
