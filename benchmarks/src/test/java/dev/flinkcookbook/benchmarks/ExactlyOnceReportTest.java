package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExactlyOnceReportTest {
    private static final String[] COMMAND = {
        "exactly-once", "--variants", "load,ledger,ledger-at-least-once", "--output", "/home/me/page.md"
    };

    private final Results results = new Results();
    private final Visibility visibility = new Visibility();

    private static ExactlyOnceFlags flags(String... more) {
        return ExactlyOnceFlags.from(more).orElseThrow();
    }

    private void timed(Variant variant, double... steadyByRound) {
        for (double steady : steadyByRound) {
            results.add(variant, new Measurement(steady, 31.5, 60, Map.of()));
        }
    }

    private void visible(PacedSetting setting, int... millisByRound) {
        for (int millis : millisByRound) {
            Histogram micros = new Histogram(3);
            micros.recordValue(millis * 1_000L);
            visibility.add(setting, micros);
        }
    }

    private String page(ExactlyOnceFlags flags) {
        return new ExactlyOnceReport(flags, COMMAND, results, visibility).text(Optional.empty());
    }

    private ExactlyOnceFlags measured() {
        timed(Variant.LEDGER, 90_000, 80_000, 85_000);
        timed(Variant.LEDGER_AT_LEAST_ONCE, 100_000, 100_000, 100_000);
        visible(new PacedSetting(Variant.LOAD, Optional.empty()), 1, 2, 1);
        visible(PacedSetting.of(Variant.LEDGER, Duration.ofMillis(100)), 180, 190, 185);
        visible(PacedSetting.of(Variant.LEDGER, Duration.ofSeconds(1)), 1_050, 1_060, 1_020);
        visible(PacedSetting.of(Variant.LEDGER, Duration.ofSeconds(10)), 13_500, 13_600, 13_550);
        visible(PacedSetting.of(Variant.LEDGER_AT_LEAST_ONCE, Duration.ofSeconds(1)), 40, 41, 42);
        return flags("--variants", "load,ledger,ledger-at-least-once");
    }

    @Test
    void comparesWithTheGoalsInPlainWords() {
        assertThat(page(measured()))
                .contains("| ≥ 0.8 × | ≥ 0.95 × | 0.85 × (0.80–0.90) | met, not the aim |")
                .contains("interval 1 s | the interval | ≤ 1.3 × | ≤ 1.1 × | 1.06 × (1.02–1.06) | met, and the aim |")
                .contains("interval 10 s | the interval | ≤ 1.3 × | ≤ 1.1 × | 1.36 × (1.35–1.36) | **missed** |")
                .contains("interval 100 ms | pass-through, exactly-once | ≤ 1.3 × | ≤ 1.1 × | – | not measured |");
    }

    @Test
    void showsRatesAndTimes() {
        assertThat(page(measured()))
                .contains("./cookbook bench exactly-once --variants load,ledger,ledger-at-least-once\n")
                .contains("| ledger job, exactly-once | 85 (80–90) | – | – | 20.0 | 31.5 |")
                .contains("| no job: producer → consumer | uncommitted | – | 1.0 (1.0–2.0) |")
                .contains("| ledger job, exactly-once | committed | 100 ms | 185 (180–190) |")
                .contains("| ledger job, at-least-once | uncommitted | 1 s | 41 (40–42) |")
                .doesNotContain("pass-through, exactly-once | committed")
                .doesNotContain("/home/me")
                .doesNotContain("short run");
    }

    @Test
    void leavesOutTheTableOfWhatWasNotMeasured() {
        visible(new PacedSetting(Variant.LOAD, Optional.empty()), 1);

        assertThat(page(flags("--variants", "load", "--quick")))
                .contains("## Time until visible")
                .doesNotContain("## Throughput")
                .contains("short run");
    }

    @Test
    void writesTheChartBesideThePage(@TempDir Path folder) throws Exception {
        Path page = folder.resolve("new/exactly-once.md");

        new ExactlyOnceReport(measured(), COMMAND, results, visibility).write(page);

        assertThat(page).content().contains("](exactly-once.svg)");
        assertThat(page.resolveSibling("exactly-once.svg")).content().contains("<svg", "fill:rgb(43,108,176)");
    }
}
