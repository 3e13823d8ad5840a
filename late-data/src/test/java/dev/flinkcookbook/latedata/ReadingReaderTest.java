package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.millis;
import static dev.flinkcookbook.latedata.Readings.reading;
import static dev.flinkcookbook.latedata.Readings.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadingReaderTest {

    private static final long TEN = millis("10:00:00");

    private final ReadingReader reader = new ReadingReader(Duration.ofMinutes(1));

    private static KafkaRecord record(byte[] value) {
        return new KafkaRecord("readings", 0, 0, TEN, null, value, new RecordHeaders());
    }

    private Arrival read(String value) {
        return reader.read(record(utf8(value)));
    }

    private static String with(String sensor, String at, String celsius) {
        return "{\"sensor\":%s,\"at\":%s,\"celsius\":%s}".formatted(sensor, at, celsius);
    }

    @Nested
    class AReading {
        @Test
        void isReadAndKeepsItsRecord() {
            KafkaRecord record = reading("s-1")
                    .at("10:00:05.123")
                    .celsius("21.4")
                    .keyed("k")
                    .on(3, 9)
                    .record();

            Arrival arrival = reader.read(record);

            assertThat(arrival).isEqualTo(Arrival.of(record, "s-1", millis("10:00:05.123"), new BigDecimal("21.4")));
            assertThat(arrival.isReadable()).isTrue();
        }

        @Test
        void mayHaveOtherFieldsInAnyOrder() {
            Arrival arrival = read(
                    "\n{ \"unit\" : {\"celsius\":[1,{}]}, \"celsius\" : -2.50e1,\t\"sensor\":\"\\u00fc \\ud83d\\udc3f\","
                            + "\"at\":\"2026-01-01T11:00:00+01:00\", \"n\":1e999 } ");

            assertThat(arrival.sensor()).isEqualTo("ü 🐿");
            assertThat(arrival.at()).isEqualTo(TEN);
            assertThat(arrival.celsius()).isEqualTo(new BigDecimal("-25"));
        }

        @ParameterizedTest
        @CsvSource({
            "21.40, 21.4",
            "2.14e1, 21.4",
            "100, 1E+2",
            "0.00, 0",
            "-0, 0",
            "999999999.999999999, 999999999.999999999"
        })
        void hasOneTemperatureHoweverItIsSpelled(String celsius, String expected) {
            assertThat(read(with("\"s\"", "\"2026-01-01T10:00:00Z\"", celsius)).celsius())
                    .isEqualTo(new BigDecimal(expected));
        }

        @ParameterizedTest
        @CsvSource({
            "2026-01-01T10:00:00Z, 0",
            "2026-01-01T10:00Z, 0",
            "2026-01-01T10:00:00.1Z, 100",
            "2026-01-01T10:00:00.123Z, 123",
            "2026-01-01T10:00:00.123999999Z, 123",
            "2026-01-01T09:30:00-00:30, 0",
        })
        void hasATimeToTheMillisecond(String at, long afterTen) {
            assertThat(read(with("\"s\"", "\"" + at + "\"", "1")).at()).isEqualTo(TEN + afterTen);
        }
    }

    @Nested
    class TheClockSkew {
        private String reasonWith(long millisAhead, long stamp) {
            KafkaRecord record = reading("s-1")
                    .at(java.time.Instant.ofEpochMilli(stamp + millisAhead))
                    .record();
            Arrival arrival =
                    reader.read(new KafkaRecord("readings", 0, 0, stamp, null, record.value(), new RecordHeaders()));
            return arrival.isReadable() ? "none" : arrival.fault().reason();
        }

        @Test
        void isAllowedUpToAndWithTheBound() {
            assertThat(reasonWith(59_999, TEN)).isEqualTo("none");
            assertThat(reasonWith(60_000, TEN)).isEqualTo("none");
            assertThat(reasonWith(60_001, TEN)).isEqualTo("time-ahead-of-clock");
            assertThat(reasonWith(-Duration.ofDays(3_650).toMillis(), TEN))
                    .as("the past")
                    .isEqualTo("none");
        }

        @Test
        void isMeasuredByOurOwnClockWhereKafkaHasNone() {
            long now = System.currentTimeMillis();
            for (long days : new long[] {-1, 1}) {
                byte[] value = reading("s-1")
                        .at(java.time.Instant.ofEpochMilli(
                                now + Duration.ofDays(days).toMillis()))
                        .value();
                Arrival arrival = reader.read(
                        new KafkaRecord("readings", 0, 0, KafkaRecord.NO_TIMESTAMP, null, value, new RecordHeaders()));
                assertThat(arrival.isReadable()).isEqualTo(days < 0);
            }
        }

        @Test
        void isExplainedToAPerson() {
            Arrival arrival = reader.read(
                    reading("s-1").at("10:05:00").stampedAt("10:00:00").record());
            assertThat(arrival.fault())
                    .isEqualTo(new Arrival.Fault(
                            "time-ahead-of-clock",
                            "at is 2026-01-01T10:05:00Z, PT5M ahead of the record's timestamp; allowed are PT1M"));
            assertThat(arrival.at()).as("moves no watermark").isEqualTo(Arrival.NO_TIME);
        }
    }

    @Nested
    class WhatIsNoReading {
        private static final String AT = "\"2026-01-01T10:00:00Z\"";

        private void isRefused(String value, String reason) {
            Arrival arrival = read(value);
            assertThat(arrival.isReadable()).as(value).isFalse();
            assertThat(arrival.fault().reason()).as(value).isEqualTo(reason);
            assertThat(arrival.record().value()).isEqualTo(utf8(value));
        }

        @Test
        void hasNoValue() {
            assertThat(reader.read(record(null)).fault().reason()).isEqualTo("no-value");
        }

        @ParameterizedTest
        @ValueSource(strings = {"null", "1", "\"s-1\"", "[]", "", " "})
        void isNoObject(String value) {
            isRefused(value, "not-a-reading");
        }

        @ParameterizedTest
        @ValueSource(strings = {"{} x", "{\"a\":NaN}", "{'a':1}", "{\"a\":1,}", "{}{}"})
        void isNoJson(String value) {
            isRefused(value, "not-json");
        }

        @Test
        void isTruncatedAtAnyByte() {
            byte[] whole = reading("s-1").celsius("21.4").value();
            for (int length = 0; length < whole.length; length++) {
                Arrival arrival = reader.read(record(Arrays.copyOf(whole, length)));
                assertThat(arrival.isReadable())
                        .as("the first %d bytes", length)
                        .isFalse();
            }
        }

        @Test
        void lacksAField() {
            isRefused("{\"at\":" + AT + ",\"celsius\":1}", "incomplete");
            isRefused("{\"sensor\":\"s\",\"celsius\":1}", "incomplete");
            isRefused("{\"sensor\":\"s\",\"at\":" + AT + "}", "incomplete");
            isRefused(with("\" \"", AT, "1"), "incomplete");
        }

        @Test
        void hasAFieldTwice() {
            isRefused("{\"celsius\":1," + with("\"s\"", AT, "1").substring(1), "field-repeated");
            isRefused("{\"at\":" + AT + "," + with("\"s\"", AT, "1").substring(1), "field-repeated");
            isRefused("{\"sensor\":\"s\"," + with("\"s\"", AT, "1").substring(1), "field-repeated");
        }

        @Test
        void hasAFieldOfAnotherType() {
            isRefused(with("1", AT, "1"), "field-wrong-type");
            isRefused(with("null", AT, "1"), "field-wrong-type");
            isRefused(with("\"s\"", "1767261600000", "1"), "field-wrong-type");
            isRefused(with("\"s\"", "\"yesterday\"", "1"), "field-wrong-type");
            isRefused(with("\"s\"", "\"+10000-01-01T00:00:00Z\"", "1"), "field-wrong-type");
            isRefused(with("\"s\"", "\"-0001-01-01T00:00:00Z\"", "1"), "field-wrong-type");
            isRefused(with("\"s\"", AT, "\"21\""), "field-wrong-type");
            isRefused(with("\"s\"", AT, "{}"), "field-wrong-type");
            isRefused(with("\"a\\ud800\"", AT, "1"), "field-wrong-type");
            isRefused(with("\"\\udc00\\ud800\"", AT, "1"), "field-wrong-type");
        }

        @Test
        void hasANumberThatWouldFillTheMemoryOrLoseDigits() {
            isRefused(with("\"s\"", AT, "1e9"), "celsius-out-of-range");
            isRefused(with("\"s\"", AT, "0.0000000001"), "celsius-out-of-range");
            isRefused(with("\"s\"", AT, "1e999999999"), "celsius-out-of-range");
            isRefused(with("\"s\"", AT, "1e-999999999"), "celsius-out-of-range");
            isRefused(with("\"s\"", AT, "1e99999999999999"), "celsius-out-of-range");
            isRefused(with("\"s\"", AT, "9".repeat(1_001)), "json-beyond-limits");
        }

        @Test
        void isTooDeepOrHasTooLongANameForAKey() {
            isRefused("{\"a\":" + "[".repeat(1_001) + "]".repeat(1_001) + "}", "json-beyond-limits");
            isRefused(with("\"" + "x".repeat(201) + "\"", AT, "1"), "sensor-too-long");
        }

        @Test
        void isNoUnicode() {
            byte[] value = utf8(with("\"s?\"", AT, "1"));
            value[new String(value, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf('?')] = (byte) 0xff;
            assertThat(reader.read(record(value)).fault().reason()).isEqualTo("not-json");
        }
    }
}
