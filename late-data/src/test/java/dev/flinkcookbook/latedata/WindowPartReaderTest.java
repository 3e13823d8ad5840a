package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.millis;
import static dev.flinkcookbook.latedata.Readings.reading;
import static dev.flinkcookbook.latedata.Readings.time;
import static dev.flinkcookbook.latedata.Readings.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class WindowPartReaderTest {

    private static final String RESULTS = "readings.windows";
    private static final String LATE = "readings.late";

    private static final WindowResult RESULT = new WindowResult(
            "s-1",
            time("10:00:00"),
            time("10:01:00"),
            new Totals(2, new BigDecimal("20"), new BigDecimal("21.4"), new BigDecimal("41.4")),
            WindowResult.Origin.WINDOW,
            1);

    private static final WindowResult CORRECTED = new WindowResult(
            "s-1", time("10:00:00"), time("10:01:00"), RESULT.totals(), WindowResult.Origin.CORRECTION, 2);

    private final WindowPartReader reader = new WindowPartReader(RESULTS);

    /** As it is read again from the topic that it was written to. */
    private static KafkaRecord in(String topic, KafkaRecord written) {
        return new KafkaRecord(topic, 5, 77, millis("12:00:00"), written.key(), written.value(), written.headers());
    }

    private static KafkaRecord lateRecord() {
        Arrival arrival =
                reading("s-1").at("10:00:59").celsius("21.4").on(3, 14).arrival();
        return LateRecords.of(arrival, time("10:00:00"), time("10:01:00"), time("10:02:00"));
    }

    private List<String> read(KafkaRecord record) {
        return reader.read(record).stream()
                .map(part -> part.isReadable()
                        ? part.key() + " " + part.revision()
                        : part.fault().reason())
                .toList();
    }

    @Test
    void readsAPublishedResult() {
        KafkaRecord record = in(RESULTS, WindowResultJson.record(RESULT));

        assertThat(reader.read(record))
                .hasValue(new WindowPart(
                        record,
                        WindowPart.Kind.RESULT,
                        "s-1",
                        RESULT.from(),
                        RESULT.to(),
                        RESULT.totals(),
                        1,
                        null,
                        millis("10:01:00") - 1,
                        null));
    }

    @Test
    void readsALateReadingWithItsFormerPlace() {
        KafkaRecord record = in(LATE, lateRecord());

        assertThat(reader.read(record))
                .hasValue(new WindowPart(
                        record,
                        WindowPart.Kind.LATE_READING,
                        "s-1",
                        time("10:00:00"),
                        time("10:01:00"),
                        Totals.of(new BigDecimal("21.4")),
                        0,
                        "readings-3@14",
                        millis("10:02:00"),
                        null));
    }

    @Nested
    class ACorrection {
        @Test
        void isReadForTheResultThatItCorrects() {
            KafkaRecord record = in(RESULTS, WindowResultJson.record(new Correction(CORRECTED, RESULT)));
            assertThat(reader.read(record)).hasValue(WindowPart.of(record, WindowPart.Kind.CORRECTED_RESULT, RESULT));
        }

        @Test
        void isPassedOverWhereThereWasNoResult() {
            assertThat(read(in(RESULTS, WindowResultJson.record(new Correction(CORRECTED, null)))))
                    .isEmpty();
        }
    }

    @Nested
    class WhatSomebodyElseHasWritten {
        private KafkaRecord withHeader(String name, String value) {
            KafkaRecord record = in(LATE, lateRecord());
            Headers headers = new RecordHeaders(record.headers().toArray());
            headers.remove(name);
            if (value != null) {
                headers.add(name, utf8(value));
            }
            return new KafkaRecord(LATE, 5, 77, 0, null, record.value(), headers);
        }

        @Test
        void isAFault() {
            RecordHeaders none = new RecordHeaders();
            assertThat(read(new KafkaRecord(RESULTS, 0, 0, 0, null, null, none)))
                    .containsExactly("no-value");
            assertThat(read(new KafkaRecord(RESULTS, 0, 0, 0, null, utf8("{}"), none)))
                    .containsExactly("not-a-result");
            assertThat(read(new KafkaRecord(LATE, 0, 0, 0, null, null, none))).containsExactly("no-value");
            assertThat(read(new KafkaRecord(LATE, 0, 0, 0, null, utf8("{}"), none)))
                    .containsExactly("incomplete");
            assertThat(read(in(LATE, reading("s-1").record()))).containsExactly("not-a-late-record");
            for (String header :
                    new String[] {"topic", "partition", "offset", "window-start", "window-end", "watermark"}) {
                assertThat(read(withHeader("late." + header, null))).as(header).containsExactly("not-a-late-record");
            }
            assertThat(read(withHeader("late.watermark", "soon"))).containsExactly("not-a-late-record");
        }

        /** Sums with such times overflow, in the middle of the job. */
        @Test
        void isAFaultWhereTheWindowIsOfNoYearOfFourDigits() {
            for (String far : new String[] {"+1000000000-12-31T23:59:59Z", "+10000-01-01T00:00:00Z"}) {
                String value = new String(WindowResultJson.record(RESULT).value(), StandardCharsets.UTF_8)
                        .replace(RESULT.to().toString(), far);
                assertThat(read(new KafkaRecord(RESULTS, 0, 0, 0, null, utf8(value), new RecordHeaders())))
                        .containsExactly("not-a-result");
                assertThat(read(withHeader("late.window-end", far))).containsExactly("not-a-late-record");
            }
        }

        @Test
        void isAFaultWhereTheReadingIsNotInTheWindow() {
            assertThat(read(withHeader("late.window-end", "2026-01-01T10:00:59Z")))
                    .containsExactly("not-a-late-record");
            assertThat(read(withHeader("late.window-end", "2026-01-01T10:00:59.001Z")))
                    .singleElement()
                    .asString()
                    .endsWith(" 0");
            assertThat(read(withHeader("late.window-start", "2026-01-01T10:00:59.001Z")))
                    .containsExactly("not-a-late-record");
        }
    }
}
