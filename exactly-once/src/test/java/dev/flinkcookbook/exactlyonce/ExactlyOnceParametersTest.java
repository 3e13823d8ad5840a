package dev.flinkcookbook.exactlyonce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.flinkcookbook.common.FlagException;
import java.time.Duration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is the recipe's own; the flags that all jobs share are tested where they are defined. */
class ExactlyOnceParametersTest {

    private static ExactlyOnceParameters parameters(String... args) {
        return ExactlyOnceParameters.from(args).orElseThrow();
    }

    private static void assertRefused(String line, String... args) {
        assertThatExceptionOfType(FlagException.class)
                .isThrownBy(() -> ExactlyOnceParameters.from(args))
                .withMessage(line);
    }

    @Nested
    class WithoutAnyFlag {
        private final ExactlyOnceParameters parameters = parameters();

        @Test
        void transfersAreBookedExactlyOnceAndAnOutageMayLastThreeMinutes() {
            assertThat(parameters.kafka().delivery()).isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
            assertThat(parameters.transactions().longestOutage()).isEqualTo(Duration.ofMinutes(3));
            assertThat(parameters.transactions().timeout()).isEqualTo(Duration.ofMinutes(15));
        }

        @Test
        void topicsGroupAndPrefixHaveTheNamesOfTheReadme() {
            assertThat(parameters.kafka().inputTopic()).isEqualTo("transfers");
            assertThat(parameters.kafka().outputTopic()).isEqualTo("ledger");
            assertThat(parameters.kafka().deadLetterTopic()).isEqualTo("transfers.dead-letters");
            assertThat(parameters.kafka().groupId()).isEqualTo("exactly-once");
            assertThat(parameters.kafka().transactionalIdPrefix()).isEqualTo("exactly-once-ledger");
        }
    }

    @Nested
    class ADuration {
        @Test
        void isTakenAsGiven() {
            ExactlyOnceParameters parameters = parameters("--longest-outage", "90s", "--transaction-timeout=1h");

            assertThat(parameters.transactions().longestOutage()).isEqualTo(Duration.ofSeconds(90));
            assertThat(parameters.transactions().timeout()).isEqualTo(Duration.ofHours(1));
        }

        @ParameterizedTest
        @ValueSource(strings = {"--longest-outage", "--transaction-timeout"})
        void needsItsUnit(String flag) {
            assertRefused(flag + ": got '15', expected a duration with its unit, such as 24h, 5m or 100ms", flag, "15");
        }

        /** Kafka would take the overflow for a negative timeout, or refuse it in words of its own. */
        @ParameterizedTest
        @CsvSource({
            "--longest-outage, 2147483648ms",
            "--transaction-timeout, 2147483648ms",
            "--transaction-timeout, 25d"
        })
        void isAtMostWhatKafkaCanHold(String flag, String given) {
            parameters(flag, "2147483647ms");

            assertThatExceptionOfType(FlagException.class)
                    .isThrownBy(() -> ExactlyOnceParameters.from(flag, given))
                    .withMessageMatching(flag + ": got '\\d+ms', expected at most 2147483647ms");
        }
    }

    @Nested
    class TheTopics {
        @Test
        void mayNotBeTheInputAgain() {
            assertRefused(
                    "--output-topic: got 'transfers', expected another topic than --input-topic, or the job reads what it"
                            + " writes",
                    "--output-topic",
                    "transfers");
            assertRefused(
                    "--dead-letter-topic: got 'transfers', expected another topic than --input-topic, or the job reads what"
                            + " it writes",
                    "--dead-letter-topic",
                    "transfers");
        }

        @Test
        void areTwoForTwoKindsOfOutput() {
            assertRefused(
                    "--dead-letter-topic: got 'ledger', expected another topic than --output-topic",
                    "--dead-letter-topic",
                    "ledger");
        }
    }

    @Nested
    class Help {
        @Test
        void leavesNothingToDo() {
            assertThat(ExactlyOnceParameters.from("--help")).isEmpty();
        }
    }
}
