package dev.flinkcookbook.latedata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IsoTimeTest {

    private static final long EARLIEST = Instant.parse("0001-01-01T00:00:00Z").toEpochMilli();
    private static final long LATEST = Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();

    @Test
    void isReadAsJavaReadsItAtAnyTimeAndWithAnyFraction() {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            long millis = random.nextLong(EARLIEST, LATEST + 1);
            Instant instant = Instant.ofEpochMilli(millis).plusNanos(random.nextInt(1_000_000));
            String text = instant.toString();
            String cut = text.substring(0, Math.min(text.length() - 1, 20 + random.nextInt(1, 10))) + "Z";
            assertThat(IsoTime.millis(text)).as(text).isEqualTo(millis);
            assertThat(IsoTime.millis(cut))
                    .as(cut)
                    .isEqualTo(OffsetDateTime.parse(cut).toInstant().toEpochMilli());
        }
    }

    @Test
    void isReadOnEachDayOf400YearsAndAtTheEdges() {
        for (long day = 0; day < 146_097; day++) {
            Instant instant = Instant.parse("1800-01-01T23:59:59Z").plusSeconds(day * 86_400);
            assertThat(IsoTime.millis(instant.toString())).isEqualTo(instant.toEpochMilli());
        }
        assertThat(IsoTime.millis("0001-01-01T00:00:00Z")).isEqualTo(EARLIEST);
        assertThat(IsoTime.millis("9999-12-31T23:59:59.999999999Z")).isEqualTo(LATEST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"2026-01-01T10:00Z", "2026-01-01T10:00:05+01:00", "2026-01-01t10:00:05z", "2024-02-29T10:00:05Z"
            })
    void isReadInOtherFormsToo(String text) {
        assertThat(IsoTime.millis(text))
                .isEqualTo(OffsetDateTime.parse(text).toInstant().toEpochMilli());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2026",
                "2026-02-29T10:00:05Z",
                "2026-04-31T10:00:05Z",
                "2026-00-01T10:00:05Z",
                "2026-13-01T10:00:05Z",
                "2026-01-00T10:00:05Z",
                "2026-01-01T24:00:05Z",
                "2026-01-01T10:60:05Z",
                "2026-01-01T10:00:60Z",
                "2026-01-01T10:00:05",
                "2026-01-01 10:00:05Z",
                "2026-01-01T10:00:0xZ",
                "2026-01-01T10:00:05,123Z",
                "2026-01-01T10:00:05.12x4Z",
                "2026-01-01T10:00:05.1234567890Z",
                "+10000-01-01T10:00:05",
                "-026-01-01T10:00:05Z",
                "２026-01-01T10:00:05Z"
            })
    void isRefusedWhereJavaRefusesIt(String text) {
        assertThatThrownBy(() -> OffsetDateTime.parse(text)).isInstanceOf(DateTimeException.class);
        assertThatThrownBy(() -> IsoTime.millis(text)).isInstanceOf(DateTimeException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+10000-01-01T00:00:00Z",
                "+999999999-12-31T23:59:59Z",
                "0000-12-31T23:59:59Z",
                "-999999999-01-01T00:00:00Z",
                "9999-12-31T23:59:59-00:01"
            })
    void isRefusedBeyondYearsOfFourDigits(String text) {
        assertThat(OffsetDateTime.parse(text)).isNotNull();
        assertThatThrownBy(() -> IsoTime.millis(text)).isInstanceOf(DateTimeException.class);
    }
}
