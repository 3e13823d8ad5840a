package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.measuringlatency.StageLatencies;
import dev.flinkcookbook.measuringlatency.Stamps;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LatencyReportTest {

    private final LatencyResults results = new LatencyResults();

    private static StageLatencies latencies(long endToEnd) {
        StageLatencies latencies = new StageLatencies();
        latencies.record(new Stamps(0, 1, 2, 3, 3, 3, 4), endToEnd);
        return latencies;
    }

    private String page(String... flags) {
        return new LatencyReport(LatencyFlags.from(flags).orElseThrow(), new String[] {"latency"}, results)
                .text(Optional.empty());
    }

    @Test
    void whatHelpsMostComesFirstAndTheRestStandsBesideWhatItDiffersFrom() {
        results.add(LatencySetting.EXACTLY_ONCE_1S, latencies(500));
        results.add(LatencySetting.EXACTLY_ONCE_100MS, latencies(75));
        results.add(LatencySetting.AT_LEAST_ONCE, latencies(50));

        assertThat(page(
                        "--no-search",
                        "--pairs",
                        "0",
                        "--settings",
                        "exactly-once-1s,exactly-once-100ms,at-least-once"))
                .contains("""
                        | Turned to | from | p50, ms | p99, ms |
                        |---|---|---|---|
                        | at-least-once | exactly-once, a checkpoint every second | 500 → 50 (0.10 ×) | 500 → 50 (0.10 ×) |
                        | a checkpoint every 100 ms | exactly-once, a checkpoint every second | 500 → 75 (0.15 ×) | 500 → 75 (0.15 ×) |
                        """)
                .contains("| at-least-once | uncommitted | 50 | 50 | 50 | 50 | 1 |")
                .doesNotContain("## Sustainable throughput", "## What measuring costs");
    }

    @Test
    void aMeterIsComparedWithTheRunOfTheSamePair() {
        results.add(LatencySetting.WINDOW, latencies(50));
        for (int pair = 1; pair <= 3; pair++) {
            results.add(LatencyMeter.NONE, pair * 10);
            LatencyMeter.compared().forEach(meter -> results.add(meter, 0));
        }
        assertThat(results.cost(LatencyMeter.STAMPS)).contains(new Spread(-100, -100, -100));

        LatencyResults dearer = new LatencyResults();
        for (double without : new double[] {10, 20, 30}) {
            dearer.add(LatencyMeter.NONE, without);
            dearer.add(LatencyMeter.STAMPS, without == 20 ? 22 : without * 1.01);
        }
        assertThat(dearer.cost(LatencyMeter.STAMPS).orElseThrow().median()).isBetween(0.99, 1.01);
        assertThat(dearer.cost(LatencyMeter.STAMPS).orElseThrow().greatest()).isBetween(9.99, 10.01);
    }

    @Test
    void aGoalThatIsMissedIsSaidToBe() {
        results.add(LatencySetting.WINDOW, latencies(50));
        for (LatencyMeter meter : LatencyMeter.values()) {
            results.add(meter, meter == LatencyMeter.STAMPS ? 10.6 : 10);
        }

        assertThat(page("--no-search", "--pairs", "1", "--settings", "window"))
                .contains("| the recipe's stamps and histogram, every event | 10.6 (10.6–10.6) | +6.0% (+6.0–+6.0) |")
                .contains("must cost 5% at most, and should cost 2%: **missed**.");
    }

    @Test
    void aWrongFlagIsOneLine() {
        assertThatThrownBy(() -> LatencyFlags.from("--pairs", "-1"))
                .isInstanceOf(FlagException.class)
                .hasMessage("--pairs: got '-1', expected at least 0");
        assertThatThrownBy(() -> LatencyFlags.from("--settings", "fast"))
                .hasMessageStartingWith("--settings: got 'fast', expected");
    }
}
