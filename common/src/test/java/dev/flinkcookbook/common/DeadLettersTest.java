package dev.flinkcookbook.common;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeadLettersTest {

    private final Headers original =
            new RecordHeaders().add("trace", bytes("t-1")).add("trace", null).add("empty", new byte[0]);
    private final KafkaRecord record =
            new KafkaRecord("payments", 2, 41, 1_700_000_000_000L, bytes("key"), bytes("{broken"), original);

    @Nested
    class ADeadLetter {
        private final KafkaRecord letter = DeadLetters.of(record, "not-json", "unexpected end");

        @Test
        void keepsTheOriginalBytes() {
            assertThat(letter.key()).isEqualTo(bytes("key"));
            assertThat(letter.value()).isEqualTo(bytes("{broken"));
        }

        @Test
        void keepsTheOriginalHeadersAheadOfItsOwn() {
            assertThat(Arrays.copyOf(letter.headers().toArray(), 3)).isEqualTo(original.toArray());
        }

        @Test
        void saysWhereTheRecordStoodAndWhatWasWrong() {
            assertThat(texts(letter, 3))
                    .containsExactly(
                            "dead-letter.topic=payments",
                            "dead-letter.partition=2",
                            "dead-letter.offset=41",
                            "dead-letter.timestamp=1700000000000",
                            "dead-letter.reason=not-json",
                            "dead-letter.message=unexpected end");
        }

        @Test
        void isStampedByTheProducerSoThatNoOldTimestampHandsItToTheTopicsRetention() {
            assertThat(letter.timestamp()).isEqualTo(KafkaRecord.NO_TIMESTAMP);
            assertThat(letter.toProducerRecord("payments.dead-letters").timestamp())
                    .isNull();
        }

        @Test
        void leavesTheRecordItselfAlone() {
            assertThat(record.headers().toArray()).hasSize(3);
        }
    }

    @Nested
    class ARecordWithoutKeyValueOrTimestamp {
        @Test
        void isADeadLetterWithoutThemToo() {
            KafkaRecord bare = new KafkaRecord("payments", 0, 0, -1, null, null, new RecordHeaders());
            KafkaRecord letter = DeadLetters.of(bare, "no-value", "the record has no value");
            assertThat(letter.key()).isNull();
            assertThat(letter.value()).isNull();
            assertThat(texts(letter, 0)).contains("dead-letter.timestamp=-1");
        }
    }

    @Nested
    class ADeadLetterOfADeadLetter {
        @Test
        void keepsTheFirstStoryAndEndsWithTheNewest() {
            KafkaRecord first = DeadLetters.of(record, "not-json", "unexpected end");
            KafkaRecord again = DeadLetters.of(
                    new KafkaRecord("payments.dead-letters", 0, 7, 5, first.key(), first.value(), first.headers()),
                    "id-missing",
                    "/paymentId is missing");
            assertThat(Arrays.copyOf(again.headers().toArray(), 9))
                    .isEqualTo(first.headers().toArray());
            assertThat(text(again.headers().lastHeader(DeadLetters.TOPIC))).isEqualTo("payments.dead-letters");
            assertThat(text(again.headers().lastHeader(DeadLetters.REASON))).isEqualTo("id-missing");
            assertThat(again.value()).isEqualTo(bytes("{broken"));
        }
    }

    @Nested
    class ALongMessage {
        @Test
        void ofOneKilobyteStaysWhole() {
            assertThat(messageOf("a".repeat(1024))).isEqualTo("a".repeat(1024));
        }

        @Test
        void isCutAfterOneKilobyte() {
            assertThat(messageOf("a".repeat(1025))).isEqualTo("a".repeat(1024));
            assertThat(messageOf("a".repeat(900_000))).isEqualTo("a".repeat(1024));
        }

        @ParameterizedTest
        @ValueSource(strings = {"é", "€", "😀"})
        void isNeverCutInsideACharacter(String character) {
            int width = bytes(character).length;
            for (int before = 0; before < width; before++) {
                String message = messageOf("a".repeat(before) + character.repeat(1024));
                assertThat(message).isEqualTo("a".repeat(before) + character.repeat((1024 - before) / width));
                assertThat(bytes(message).length).isBetween(1024 - width + 1, 1024);
            }
        }

        @Test
        void mayHoldHalfASurrogatePairWhichBecomesAQuestionMark() {
            assertThat(messageOf("a\ud83db")).isEqualTo("a?b");
            assertThat(messageOf("a\ud83d")).isEqualTo("a?");
        }

        private String messageOf(String message) {
            return text(DeadLetters.of(record, "not-json", message).headers().lastHeader(DeadLetters.MESSAGE));
        }
    }

    private static List<String> texts(KafkaRecord letter, int from) {
        Header[] headers = letter.headers().toArray();
        return Arrays.stream(headers, from, headers.length)
                .map(header -> header.key() + "=" + text(header))
                .toList();
    }

    private static String text(Header header) {
        return new String(header.value(), UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
