package dev.flinkcookbook.deduplication;

import static dev.flinkcookbook.deduplication.OperatorUnderTest.WITH_VERSION;
import static dev.flinkcookbook.deduplication.Payments.millis;
import static dev.flinkcookbook.deduplication.Payments.payment;
import static dev.flinkcookbook.deduplication.Payments.paymentWithId;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.deduplication.Payments.Payment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeepLatestTest {

    private static final Duration RETENTION = Duration.ofHours(24);
    private static final long FIRST_ARRIVAL = millis("10:00:00");

    private OperatorUnderTest<Id> operator = keepLatest(WITH_VERSION);

    private static OperatorUnderTest<Id> keepLatest(EventFields fields) {
        return OperatorUnderTest.of(new KeepLatest(RETENTION, fields), fields);
    }

    @AfterEach
    void close() {
        operator.close();
    }

    /** As they go on: keyed by their id. */
    private static List<KafkaRecord> keyedById(Payment... payments) {
        return List.of(payments).stream()
                .map(payment -> payment.keyed(payment.id()).record())
                .toList();
    }

    private static Payment version(String version) {
        return payment("p-1").version(version).keyed("a-7").header("h", "1").header("h", null);
    }

    @Nested
    class OfTwoVersions {
        @Test
        void theHigherGoesOn() {
            operator.arrives(version("1"), version("2"), version("10"));

            assertThat(operator.forwarded()).isEqualTo(keyedById(version("1"), version("2"), version("10")));
            assertThat(operator.duplicates()).isEmpty();
        }

        @Test
        void anEqualOneIsADuplicate() {
            operator.arrives(version("2"), version("2").on(1, 1), version("2.0").on(1, 2));

            assertThat(operator.forwarded()).isEqualTo(keyedById(version("2")));
            assertThat(operator.duplicates())
                    .containsExactly(
                            version("2").on(1, 1).record(),
                            version("2.0").on(1, 2).record());
            assertThat(operator.counter("duplicatesDropped")).isEqualTo(2);
            assertThat(operator.counter("olderVersionsDropped")).isZero();
        }

        @Test
        void anOlderOneIsDropped() {
            operator.arrives(version("2"), version("1"), version("-3"));

            assertThat(operator.forwarded()).isEqualTo(keyedById(version("2")));
            assertThat(operator.duplicates())
                    .containsExactly(version("1").record(), version("-3").record());
            assertThat(operator.counter("olderVersionsDropped")).isEqualTo(2);
            assertThat(operator.counter("duplicatesDropped")).isZero();
        }

        @Test
        void instantsCompareByTimeWhateverTheirOffsetAndToTheNanosecond() {
            Payment first = version("\"2026-01-01T10:00:00.000000001Z\"");
            Payment same = version("\"2026-01-01T12:00:00.000000001+02:00\"");
            Payment older = version("\"2026-01-01T10:00:00Z\"");
            Payment newer = version("\"2026-01-01T10:00:00.000000002Z\"");

            operator.arrives(first, same, older, newer);

            assertThat(operator.forwarded()).isEqualTo(keyedById(first, newer));
            assertThat(operator.duplicates()).containsExactly(same.record(), older.record());
        }

        @Test
        void anIntegerAndAnInstantDoNotCompare() {
            Payment instant = version("\"2026-01-01T10:00:00Z\"");
            operator.arrives(version("1"), instant, version("2"));

            assertThat(operator.forwarded()).isEqualTo(keyedById(version("1"), version("2")));
            assertThat(operator.duplicates()).isEmpty();
            assertThat(operator.deadLetters()).singleElement().satisfies(letter -> {
                assertThat(OperatorUnderTest.reason(letter)).isEqualTo("version-not-comparable");
                assertThat(letter.value()).isEqualTo(instant.value());
                assertThat(letter.key()).as("untouched").isEqualTo(Payments.utf8("a-7"));
            });
            assertThat(operator.counter("deadLetters")).isEqualTo(1);
        }

        @Test
        void otherIdsHaveVersionsOfTheirOwn() {
            Payment other = payment("p-2").version("1");
            operator.arrives(version("5"), other);
            assertThat(operator.forwarded()).isEqualTo(keyedById(version("5"), other));
        }
    }

    @Nested
    class TheRetention {
        private final long expiryOfTheFirst = FIRST_ARRIVAL + RETENTION.toMillis();

        @Test
        void stillDropsAnOlderVersionAMillisecondBeforeItsEnd() {
            operator.arrives(version("2"));
            operator.clock(expiryOfTheFirst - 1).arrives(version("1"));
            assertThat(operator.forwarded()).isEqualTo(keyedById(version("2")));
        }

        @Test
        void letsAnOlderVersionThroughAtItsEnd() {
            operator.arrives(version("2"));
            operator.clock(expiryOfTheFirst).arrives(version("1"));
            assertThat(operator.forwarded()).isEqualTo(keyedById(version("2"), version("1")));
        }

        @Test
        void startsAnewWithEachVersionThatGoesOn() {
            operator.arrives(version("1"));
            operator.clock(expiryOfTheFirst - 1).arrives(version("2"));

            operator.clock(expiryOfTheFirst + RETENTION.toMillis() - 2).arrives(version("1"));
            operator.clock(expiryOfTheFirst + RETENTION.toMillis() - 1).arrives(version("0"));

            assertThat(operator.forwarded()).isEqualTo(keyedById(version("1"), version("2"), version("0")));
            assertThat(operator.duplicates()).containsExactly(version("1").record());
        }

        @Test
        void isNotProlongedByWhatIsDropped() {
            operator.arrives(version("2"));
            operator.clock(expiryOfTheFirst - 1).arrives(version("2"), version("1"));

            operator.clock(expiryOfTheFirst).arrives(version("2").on(0, 9));

            assertThat(operator.forwarded())
                    .isEqualTo(keyedById(version("2"), version("2").on(0, 9)));
        }

        @Test
        void freesTheStateOfExpiredIds() {
            operator.arrives(IntStream.range(0, 1_000)
                    .mapToObj(i -> payment("p-" + i).version("1"))
                    .toArray(Payment[]::new));
            assertThat(operator.entries()).isEqualTo(1_000);
            operator.clock(expiryOfTheFirst);

            for (int access = 0; access < OperatorUnderTest.ACCESSES_FOR_A_FULL_PASS; access++) {
                operator.arrives(payment("another").version("1"));
            }

            assertThat(operator.entries()).as("the one id that is alive").isEqualTo(1);
        }
    }

    @Nested
    class TheKey {
        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                        "p-1"                    | "p-1"
                        "with \\"quotes\\" ü 🐿" | "with \\"quotes\\" ü 🐿"
                        1                        | 1
                        1.0                      | 1
                        1e2                      | 100
                        0.10                     | 0.1
                        9223372036854775808      | 9223372036854775808
                        true                     | true
                        """)
        void isTheIdAsJson(String id, String key) {
            operator.arrives(paymentWithId(id).version("1"));

            assertThat(operator.forwarded())
                    .extracting(record -> new String(record.key(), StandardCharsets.UTF_8))
                    .containsExactly(key);
        }

        @Test
        void ofACompositeIdIsAnArrayInTheOrderOfTheFlags() {
            operator.close();
            operator = keepLatest(new EventFields(List.of("/account", "/paymentId"), null, "/version"));

            operator.arrives(
                    paymentWithId("1").version("1"), paymentWithId("\"1\"").version("1"));

            assertThat(operator.forwarded())
                    .extracting(record -> new String(record.key(), StandardCharsets.UTF_8))
                    .containsExactly("[\"a-7\",1]", "[\"a-7\",\"1\"]");
        }
    }
}
