package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.time;
import static dev.flinkcookbook.latedata.Readings.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.common.KafkaRecord;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WindowResultJsonTest {

    private static final WindowResult RESULT = new WindowResult(
            "s-\"1\" 🐿",
            time("10:00:00"),
            time("10:01:00"),
            new Totals(3, new BigDecimal("-1E+2"), new BigDecimal("21.4"), new BigDecimal("-57.2")),
            WindowResult.Origin.WINDOW,
            2);

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void saysEverythingInPlainNumbersAndTheSumInAString() {
        KafkaRecord record = WindowResultJson.record(RESULT);

        assertThat(text(record.key()))
                .isEqualTo("[\"s-\\\"1\\\" 🐿\",\"2026-01-01T10:00:00Z\",\"2026-01-01T10:01:00Z\"]");
        assertThat(text(record.value()))
                .isEqualTo(
                        "{\"sensor\":\"s-\\\"1\\\" 🐿\",\"from\":\"2026-01-01T10:00:00Z\",\"to\":\"2026-01-01T10:01:00Z\","
                                + "\"count\":3,\"min\":-100,\"max\":21.4,\"sum\":\"-57.2\",\"mean\":-19.066667,"
                                + "\"origin\":\"window\",\"revision\":2}");
        assertThat(record.timestamp())
                .as("stamped on arrival, so that the topic's retention counts from then")
                .isEqualTo(KafkaRecord.NO_TIMESTAMP);
        assertThat(record.headers().toArray()).isEmpty();
    }

    @Test
    void carriesWhatACorrectionCorrects() throws Exception {
        WindowResult corrected = new WindowResult(
                RESULT.sensor(), RESULT.from(), RESULT.to(), RESULT.totals(), WindowResult.Origin.CORRECTION, 5);

        KafkaRecord record = WindowResultJson.record(new Correction(corrected, RESULT));

        assertThat(text(record.value())).endsWith("\"origin\":\"correction\",\"revision\":5}");
        assertThat(record.key()).isEqualTo(WindowResultJson.record(RESULT).key());
        assertThat(record.headers().lastHeader("correction.of").value())
                .isEqualTo(WindowResultJson.record(RESULT).value());
        assertThat(WindowResultJson.record(new Correction(corrected, null))
                        .headers()
                        .toArray())
                .isEmpty();
    }

    @Test
    void isReadAgain() throws Exception {
        WindowResult back =
                WindowResultJson.read(WindowResultJson.record(RESULT).value());

        assertThat(Readings.line(back)).isEqualTo(Readings.line(RESULT));
        assertThat(back.totals().min()).isEqualByComparingTo("-100");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{}",
                "[1]",
                "{\"sensor\":\"s\"",
                "{\"sensor\":\"s\",\"from\":\"x\",\"to\":\"2026-01-01T10:01:00Z\",\"count\":1,\"min\":1,\"max\":1,\"sum\":\"1\",\"origin\":\"window\",\"revision\":1}",
                "{\"sensor\":\"s\",\"from\":\"2026-01-01T10:00:00Z\",\"to\":\"2026-01-01T10:01:00Z\",\"count\":1,\"min\":1,\"max\":1,\"sum\":\"1\",\"origin\":\"me\",\"revision\":1}",
                "{\"sensor\":\"s\",\"from\":\"2026-01-01T10:00:00Z\",\"to\":\"2026-01-01T10:01:00Z\",\"count\":1,\"min\":1,\"max\":1,\"sum\":1,\"origin\":\"window\",\"revision\":1}",
                "{\"sensor\":null,\"from\":\"2026-01-01T10:00:00Z\",\"to\":\"2026-01-01T10:01:00Z\",\"count\":1,\"min\":1,\"max\":1,\"sum\":\"1\",\"origin\":\"window\",\"revision\":1}",
                "{\"sensor\":\"s\",\"from\":\"2026-01-01T10:00:00Z\",\"to\":\"2026-01-01T10:01:00Z\",\"count\":\"1\",\"min\":1,\"max\":1,\"sum\":\"1\",\"origin\":\"window\",\"revision\":1}"
            })
    void whatSomebodyElseHasWrittenIsNoResult(String value) {
        assertThatThrownBy(() -> WindowResultJson.read(utf8(value)))
                .isInstanceOf(UnreadableReadingException.class)
                .satisfies(e ->
                        assertThat(((UnreadableReadingException) e).reason()).isEqualTo("not-a-result"));
    }
}
