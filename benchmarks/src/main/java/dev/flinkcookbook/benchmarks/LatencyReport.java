package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.benchmarks.LatencyResults.Sustained;
import dev.flinkcookbook.measuringlatency.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What the knobs do to latency, as a page of Markdown. */
final class LatencyReport {
    private static final double MUST_PERCENT = 5;
    private static final double AIM_PERCENT = 2;

    private final LatencyFlags flags;
    private final String[] arguments;
    private final LatencyResults results;

    LatencyReport(LatencyFlags flags, String[] arguments, LatencyResults results) {
        this.flags = flags;
        this.arguments = arguments;
        this.results = results;
    }

    /** Writes the page, and the chart beside it. */
    void write(Path file) throws IOException {
        Path page = file.toAbsolutePath();
        Files.createDirectories(page.getParent());
        Path chart = Page.chartBeside(page);
        LatencyChart.write(chart, flags.settings(), results);
        Files.writeString(page, text(Optional.of(chart.getFileName().toString())));
    }

    /** @param chart the file that the page shows, if it is written */
    String text(Optional<String> chart) {
        Page page = new Page();
        header(page);
        whichKnobFirst(page);
        chart.ifPresent(file -> page.line("![End to end latency by setting, milliseconds](" + file + ")")
                .blank());
        endToEnd(page);
        byStage(page);
        sustained(page);
        costs(page);
        page.words(words());
        return page.text();
    }

    private void header(Page page) {
        page.header("Which knob turns latency", arguments);
        page.line(
                "Events of about 150 bytes, %s a second, each sent when it is due, through the job of measuring-latency:"
                        .formatted(Numbers.whole(flags.rate())));
        page.line("%s of %d s after a warm-up of %d s, two partitions, parallelism 2, RocksDB unless it says otherwise."
                .formatted(
                        flags.rounds() == 1 ? "1 round" : flags.rounds() + " rounds, interleaved,",
                        flags.measured().toSeconds(),
                        flags.warmUp().toSeconds()));
        page.line("Sender, broker, job and reader share the machine: only the ratios mean anything elsewhere.")
                .blank();
        if (flags.quick()) {
            page.line("**A short run: the code is not fully compiled, so do not quote these numbers.**")
                    .blank();
        }
    }

    private void whichKnobFirst(Page page) {
        List<LatencySetting> turned = flags.settings().stream()
                .filter(setting -> setting.turnedFrom() != null && results.has(setting.turnedFrom()))
                .sorted(Comparator.comparingDouble(this::medianRatio))
                .toList();
        if (turned.isEmpty()) {
            return;
        }
        page.line("## Which knob first").blank();
        page.line("Each setting beside the one that it differs from by one knob; what helps most comes first.")
                .blank();
        page.columns("Turned to", "from", "p50, ms", "p99, ms");
        for (LatencySetting setting : turned) {
            page.row(setting.label(), setting.turnedFrom().label(), fromTo(setting, 50), fromTo(setting, 99));
        }
        page.blank();
    }

    private double median(LatencySetting setting, double percentile) {
        return results.millis(setting, Stage.END_TO_END, percentile).median();
    }

    private double medianRatio(LatencySetting setting) {
        return median(setting, 50) / Math.max(1, median(setting.turnedFrom(), 50));
    }

    private String fromTo(LatencySetting setting, double percentile) {
        double from = median(setting.turnedFrom(), percentile);
        double to = median(setting, percentile);
        return String.format(Locale.ROOT, "%,.0f → %,.0f (%.2f ×)", from, to, to / Math.max(1, from));
    }

    private void endToEnd(Page page) {
        page.line("## End to end, milliseconds").blank();
        page.columns("Setting", "the consumer reads", "p50", "p99", "p99.9", "longest", "events");
        for (LatencySetting setting : flags.settings()) {
            page.row(
                    setting.label(),
                    setting.isExactlyOnce() ? "committed" : "uncommitted",
                    millis(setting, Stage.END_TO_END, 50),
                    millis(setting, Stage.END_TO_END, 99),
                    millis(setting, Stage.END_TO_END, 99.9),
                    millis(setting, Stage.END_TO_END, 100),
                    Numbers.whole(results.events(setting)));
        }
        page.blank();
    }

    private String millis(LatencySetting setting, Stage stage, double percentile) {
        Spread spread = results.millis(setting, stage, percentile);
        String merged = Numbers.whole(spread.median());
        return spread.least() == spread.greatest()
                ? merged
                : merged + " (" + Numbers.whole(spread.least()) + "–" + Numbers.whole(spread.greatest()) + ")";
    }

    private void byStage(Page page) {
        page.line("## By stage, p50 / p99, milliseconds").blank();
        List<Stage> stages = List.of(Stage.values()).subList(0, Stage.values().length - 1);
        String[] columns = new String[stages.size() + 1];
        columns[0] = "Setting";
        for (Stage stage : stages) {
            columns[stage.ordinal() + 1] = stage.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
        page.columns(columns);
        for (LatencySetting setting : flags.settings()) {
            Object[] cells = new Object[columns.length];
            cells[0] = setting.label();
            for (Stage stage : stages) {
                cells[stage.ordinal() + 1] = Numbers.whole(
                                results.millis(setting, stage, 50).median()) + " / "
                        + Numbers.whole(results.millis(setting, stage, 99).median());
            }
            page.row(cells);
        }
        page.blank();
        page.line("Negative times (two clocks that disagree): %s.".formatted(Numbers.whole(results.negatives())))
                .blank();
    }

    private void sustained(Page page) {
        if (!flags.isSearched()) {
            return;
        }
        page.line("## Sustainable throughput").blank();
        page.line(
                        "The highest rate at which 99% of the events are seen within a bound: a checkpoint interval and a second,")
                .line("with at-least-once a second. Each rate for ten seconds, the first five not judged; one search.")
                .blank();
        page.columns(
                "Setting", "bound, ms", "sustained, events/s", "p99 there, ms", "not sustained, events/s", "p99, ms");
        for (LatencySetting setting : flags.settings()) {
            Optional<Sustained> found = results.sustained(setting);
            if (found.isPresent()) {
                page.row(
                        setting.label(),
                        Numbers.whole(LatencyBenchmark.bound(setting).toMillis()),
                        Numbers.whole(found.get().rate()),
                        Numbers.whole(found.get().p99Millis()),
                        Numbers.whole(found.get().refused()),
                        Numbers.whole(found.get().refusedP99Millis()));
            }
        }
        page.blank();
    }

    private void costs(Page page) {
        if (flags.pairs() == 0) {
            return;
        }
        page.line("## What measuring costs").blank();
        page.line(
                        "Processor seconds of the job's process per million events, at %s events a second, with windows of 200 ms"
                                .formatted(Numbers.whole(LatencyBenchmark.WEIGHED_RATE)))
                .line("on RocksDB; %d runs of each, interleaved: the median, and what each pair differs by."
                        .formatted(flags.pairs()))
                .blank();
        page.columns("Meter", "processor s per M events", "more than without, median of the pairs (min–max)");
        Spread without = results.cpuSeconds(LatencyMeter.NONE).orElseThrow();
        page.row(LatencyMeter.NONE.label(), spread(without), "–");
        for (LatencyMeter meter : LatencyMeter.compared()) {
            Spread cost = results.cost(meter).orElseThrow();
            page.row(
                    meter.label(),
                    spread(results.cpuSeconds(meter).orElseThrow()),
                    String.format(Locale.ROOT, "%+.1f%% (%+.1f–%+.1f)", cost.median(), cost.least(), cost.greatest()));
        }
        page.blank();
        double ours = results.cost(LatencyMeter.STAMPS).orElseThrow().median();
        page.line("The recipe's own measuring must cost 5%% at most, and should cost 2%%: %s."
                        .formatted(
                                ours <= AIM_PERCENT
                                        ? "met, and the aim"
                                        : ours <= MUST_PERCENT ? "met, not the aim" : "**missed**"))
                .blank();
    }

    private static String spread(Spread spread) {
        return Numbers.oneDigit(spread.median()) + " (" + Numbers.oneDigit(spread.least()) + "–"
                + Numbers.oneDigit(spread.greatest()) + ")";
    }

    private static Map<String, String> words() {
        Map<String, String> terms = new LinkedHashMap<>();
        terms.put(
                "End to end",
                "from when an event is due by the sender's schedule, also if the sender is late, until a consumer has its"
                        + " result in its hands: of committed records with exactly-once.");
        terms.put(
                "Percentiles",
                "of all events of all rounds, by merged histograms; in brackets the least and the greatest of one round."
                        + " Those of the stages do not add up.");
        terms.put("Checked", "that each event came out once. Anything else ends the benchmark.");
        return terms;
    }
}
