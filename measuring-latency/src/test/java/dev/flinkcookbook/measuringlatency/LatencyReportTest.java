package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.flinkcookbook.testbed.FlinkRest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class LatencyReportTest {

    private static final Pattern DATA =
            Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>", Pattern.DOTALL);

    private final StageLatencies latencies = new StageLatencies();
    private final LatencyOverTime overTime = new LatencyOverTime(Duration.ofSeconds(5));

    private void event(long sentAt, long seenAt) {
        Stamps stamps = new Stamps(sentAt, sentAt + 1, sentAt + 3, sentAt + 3, sentAt + 5, sentAt + 6, sentAt + 8);
        latencies.record(stamps, seenAt);
        overTime.record(stamps, seenAt);
    }

    private String page(String failure) throws IOException {
        return LatencyReport.html(
                Map.of("events", 100, "eventsPerSecond", 10, "seed", 1, "endedAt", 0, "verdict", "PASS", "flags", ""),
                latencies,
                overTime,
                List.of(new FlinkRest.CheckpointRun(
                        1, false, Instant.ofEpochMilli(10_700), Duration.ofMillis(12), "COMPLETED", 99)),
                List.of(new FlinkRest.JobFailure(
                        Instant.ofEpochMilli(11_250), failure, Optional.empty(), Map.of(), failure)));
    }

    private static JsonNode data(String page) throws IOException {
        Matcher data = DATA.matcher(page);
        assertThat(data.find()).isTrue();
        return new ObjectMapper().readTree(data.group(1));
    }

    @Test
    void hasWhatWasMeasuredAndWhatHappenedMeanwhile() throws Exception {
        for (int number = 0; number < 100; number++) {
            event(10_000 + number * 10, 10_000 + number * 10 + (number == 99 ? 900 : 100));
        }
        JsonNode data = data(page("TaskManager lost"));

        JsonNode stages = data.get("stages");
        assertThat(stages).hasSize(Stage.values().length);
        assertThat(stages.get(3).toString())
                .isEqualTo(
                        "{\"name\":\"window-wait\",\"meaning\":\"until its window was over by the clock\",\"mean\":2.0,"
                                + "\"p50\":2,\"p99\":2,\"p999\":2,\"max\":2,\"negatives\":0,\"skew\":0}");
        assertThat(data.at("/percentiles/x")).hasSize(21); // From 1 to 100, ten steps for each nine.
        assertThat(data.at("/percentiles/millis/end-to-end/10").asLong())
                .as("p90")
                .isEqualTo(100);
        assertThat(data.at("/overTime/second").toString()).isEqualTo("[0.25,0.75]");
        assertThat(data.at("/overTime/max").toString()).isEqualTo("[100,900]");
        assertThat(data.at("/checkpoints/0/second").asDouble()).isEqualTo(0.7);
        assertThat(data.at("/checkpoints/0/status").asText()).isEqualTo("COMPLETED");
        assertThat(data.at("/failures/0/second").asDouble()).isEqualTo(1.25);
        assertThat(data.at("/failures/0/message").asText()).isEqualTo("TaskManager lost");
    }

    @Test
    void whatAFailureSaysCannotBreakThePage() throws Exception {
        event(10_000, 10_100);
        String message = "</script><script>alert('x')</script> $1 \\ \"";
        String page = page(message);

        assertThat(page).doesNotContain("alert('x')</script>");
        assertThat(data(page).at("/failures/0/message").asText()).isEqualTo(message);
    }

    @Test
    void needsNothingFromTheNetwork() throws Exception {
        event(10_000, 10_100);

        assertThat(page("x"))
                .doesNotContain("@@")
                .doesNotContainPattern("(src|href)=\"(?!data:)")
                .doesNotContain("url(", "@import")
                .contains("uPlot");
    }
}
