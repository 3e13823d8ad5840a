package dev.flinkcookbook.common;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaRecordTest {

    private static final long NEW_YEAR = 1_767_225_600_000L;

    private static KafkaRecord record(long timestamp, byte[] key, byte[] value, Headers headers) {
        return new KafkaRecord("payments", 1, 2, timestamp, key, value, headers);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    @Nested
    class Forwarded {
        @Test
        void itIsTheSameByteForByteInAnotherTopic() {
            Headers headers = new RecordHeaders().add("trace", bytes("t-1")).add("trace", null);
            ProducerRecord<byte[], byte[]> forwarded =
                    record(NEW_YEAR, bytes("k"), bytes("v"), headers).toProducerRecord("out");
            assertThat(forwarded.topic()).isEqualTo("out");
            assertThat(forwarded.timestamp()).isEqualTo(NEW_YEAR);
            assertThat(forwarded.key()).isEqualTo(bytes("k"));
            assertThat(forwarded.value()).isEqualTo(bytes("v"));
            assertThat(forwarded.headers()).isEqualTo(headers);
        }

        @Test
        void itsPartitionIsLeftToTheKey() {
            assertThat(record(NEW_YEAR, bytes("k"), bytes("v"), new RecordHeaders())
                            .toProducerRecord("out")
                            .partition())
                    .isNull();
        }

        @Test
        void itMayHaveNeitherKeyNorValue() {
            ProducerRecord<byte[], byte[]> forwarded =
                    record(NEW_YEAR, null, null, new RecordHeaders()).toProducerRecord("out");
            assertThat(forwarded.key()).isNull();
            assertThat(forwarded.value()).isNull();
        }

        @Test
        void itKeepsTheFirstMillisecondOfTheEpoch() {
            assertThat(record(0, null, null, new RecordHeaders())
                            .toProducerRecord("out")
                            .timestamp())
                    .isZero();
        }

        @ParameterizedTest
        @ValueSource(longs = {-1, Long.MIN_VALUE})
        void itIsStampedByTheProducerIfItHasNoTimestamp(long timestamp) {
            assertThat(record(timestamp, null, null, new RecordHeaders())
                            .toProducerRecord("out")
                            .timestamp())
                    .isNull();
        }

        @Test
        void itsHeadersAreItsOwnSinceTheProducerLocksThem() {
            RecordHeaders headers = new RecordHeaders();
            KafkaRecord record = record(NEW_YEAR, null, null, headers);
            ((RecordHeaders) record.toProducerRecord("out").headers()).setReadOnly();
            headers.add("still", bytes("writable"));
        }
    }

    @Nested
    class FromTheConsumer {
        @Test
        void itIsWhatWasRead() {
            Headers headers = new RecordHeaders().add("trace", bytes("t-1"));
            ConsumerRecord<byte[], byte[]> read = new ConsumerRecord<>(
                    "payments",
                    1,
                    2,
                    NEW_YEAR,
                    TimestampType.CREATE_TIME,
                    1,
                    1,
                    bytes("k"),
                    bytes("v"),
                    headers,
                    Optional.empty());
            assertThat(KafkaRecord.from(read))
                    .isEqualTo(new KafkaRecord("payments", 1, 2, NEW_YEAR, bytes("k"), bytes("v"), headers));
        }
    }

    @Nested
    class WithAnotherKey {
        @Test
        void itDiffersInNothingElse() {
            Headers headers = new RecordHeaders().add("trace", bytes("t-1"));
            assertThat(record(NEW_YEAR, null, bytes("v"), headers).withKey(bytes("id")))
                    .isEqualTo(record(NEW_YEAR, bytes("id"), bytes("v"), headers));
        }
    }

    @Nested
    class Equality {
        private final KafkaRecord one = new KafkaRecord("t", 1, 2, 3, bytes("k"), bytes("v"), header("h", "1"));

        @Test
        void looksIntoTheBytesAndHeaders() {
            KafkaRecord same = new KafkaRecord("t", 1, 2, 3, bytes("k"), bytes("v"), header("h", "1"));
            assertThat(one).isEqualTo(same).hasSameHashCodeAs(same);
        }

        @Test
        void seesADifferenceInEachPart() {
            assertThat(one)
                    .isNotEqualTo(new KafkaRecord("u", 1, 2, 3, bytes("k"), bytes("v"), header("h", "1")))
                    .isNotEqualTo(new KafkaRecord("t", 0, 2, 3, bytes("k"), bytes("v"), header("h", "1")))
                    .isNotEqualTo(new KafkaRecord("t", 1, 0, 3, bytes("k"), bytes("v"), header("h", "1")))
                    .isNotEqualTo(new KafkaRecord("t", 1, 2, 0, bytes("k"), bytes("v"), header("h", "1")))
                    .isNotEqualTo(new KafkaRecord("t", 1, 2, 3, null, bytes("v"), header("h", "1")))
                    .isNotEqualTo(new KafkaRecord("t", 1, 2, 3, bytes("k"), new byte[0], header("h", "1")))
                    .isNotEqualTo(new KafkaRecord("t", 1, 2, 3, bytes("k"), bytes("v"), header("h", "2")))
                    .isNotEqualTo(new KafkaRecord("t", 1, 2, 3, bytes("k"), bytes("v"), header("h", null)));
        }

        @Test
        void tellsNothingFromEmpty() {
            assertThat(record(0, null, null, new RecordHeaders()))
                    .isNotEqualTo(record(0, new byte[0], null, new RecordHeaders()))
                    .isNotEqualTo(record(0, null, new byte[0], new RecordHeaders()));
        }

        private static Headers header(String name, String value) {
            return new RecordHeaders().add(name, value == null ? null : bytes(value));
        }
    }

    @Nested
    class ToFlink {
        @Test
        void itIsATypeWithASerializerOfItsOwnNeverKryo() {
            assertThat(TypeInformation.of(KafkaRecord.class))
                    .isEqualTo(new SerializedType<>(KafkaRecord.class, KafkaRecordSerializer.INSTANCE));
        }
    }

    @Nested
    class InALog {
        @Test
        void itIsItsPlaceAndNoneOfItsContent() {
            assertThat(record(0, bytes("secret"), bytes("secret"), new RecordHeaders()))
                    .hasToString("payments-1@2");
        }
    }
}
