package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ReadingDocumentTest {

    private static long behind(long number) throws Exception {
        JsonNode reading = new JsonMapper().readTree(ReadingDocument.of(number));
        assertThat(reading.get("sensor").textValue()).startsWith("s-");
        assertThat(reading.get("celsius").isNumber()).isTrue();
        return ReadingDocument.arrivalMillis(number)
                - Instant.parse(reading.get("at").textValue()).toEpochMilli();
    }

    @Test
    void isTheSameForTheSameNumber() {
        assertThat(ReadingDocument.of(7)).isEqualTo(ReadingDocument.of(7));
        assertThat(ReadingDocument.of(7)).isNotEqualTo(ReadingDocument.of(8));
    }

    @Test
    void isWithinTheBoundButForOneInAThousand() throws Exception {
        for (long number = 0; number < 3_000; number++) {
            if (number % 1_000 == 999) {
                assertThat(behind(number)).isEqualTo(Duration.ofMinutes(10).toMillis());
            } else {
                assertThat(behind(number)).isBetween(0L, Duration.ofSeconds(8).toMillis());
            }
        }
    }

    @Test
    void isCountedInResultsOfBothKinds() {
        assertThat(count("{\"sensor\":\"s-1\",\"count\":12,\"min\":1}")).isEqualTo(12);
        assertThat(count("{\"sensor\":\"count\",\"count\":7}")).isEqualTo(7);
        assertThatThrownBy(() -> count("{\"sensor\":\"s-1\"}")).isInstanceOf(IllegalStateException.class);
    }

    private static long count(String result) {
        return ReadingDocument.countIn(result.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void isLateAsTheLoadSays() {
        LateLoad load = new LateLoad(1_000_000, 1_000, Duration.ofMillis(500), Duration.ofSeconds(100));
        assertThat(load.readings()).isEqualTo(100_000);
        double median = LongStream.range(0, load.readings())
                .map(reading -> 1_000_000 + reading - load.atMillis(reading))
                .sorted()
                .skip(50_000)
                .findFirst()
                .orElseThrow();
        assertThat(median).isBetween(490.0, 510.0);
        assertThat(load.measuredBetween(Long.MIN_VALUE, Long.MAX_VALUE)).isEqualTo(100_000);
        assertThat(load.measuredBetween(1_020_000, 1_030_000)).isBetween(9_500L, 10_500L);
    }
}
