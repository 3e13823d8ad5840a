package dev.flinkcookbook.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The windows beside Flink SQL, and how to choose the bound, as a page of Markdown. */
final class LateDataReport {
    private static final long ENOUGH_RECORDS = 5_000_000;

    private final LateDataFlags flags;
    private final String[] arguments;
    private final Results results;
    private final List<BoundResult> bounds;

    LateDataReport(LateDataFlags flags, String[] arguments, Results results, List<BoundResult> bounds) {
        this.flags = flags;
        this.arguments = arguments;
        this.results = results;
        this.bounds = bounds;
    }

    /** Writes the page, and the charts of what was measured beside it. */
    void write(Path file) throws IOException {
        Path page = file.toAbsolutePath();
        Files.createDirectories(page.getParent());
        Optional<String> ofBounds = Optional.empty();
        Optional<String> ofRates = Optional.empty();
        if (!bounds.isEmpty()) {
            Path chart = Page.chartBeside(page);
            BoundsChart.write(chart, bounds);
            ofBounds = Optional.of(chart.getFileName().toString());
        }
        if (!flags.variants().isEmpty()) {
            String name = Page.chartBeside(page).getFileName().toString().replaceFirst("\\.svg$", "-throughput.svg");
            RatesChart.write(page.resolveSibling(name), "Thousand readings per second, steady, median", results);
            ofRates = Optional.of(name);
        }
        Files.writeString(page, text(ofBounds, ofRates));
    }

    /**
     * The page.
     *
     * @param chartOfBounds the file that it shows, if it is written
     * @param chartOfRates likewise
     */
    String text(Optional<String> chartOfBounds, Optional<String> chartOfRates) {
        Page page = new Page();
        header(page);
        if (!bounds.isEmpty()) {
            howToChoose(page, chartOfBounds);
        }
        if (!flags.variants().isEmpty()) {
            chartOfRates.ifPresent(file -> page.line("![Thousand readings per second, steady, median](" + file + ")")
                    .blank());
            page.throughput("readings", flags.records(), flags.variants(), results);
            page.goals(LateDataGoals.of(results));
        }
        page.words(words());
        return page.text();
    }

    private void header(Page page) {
        page.header("Late data: the bound, and the windows beside Flink SQL", arguments);
        page.line(
                        "Two partitions, parallelism 2, exactly-once, a checkpoint every second, the recipe's own main. Broker, load"
                                + " and")
                .line("job share the machine: only the ratios mean anything elsewhere.")
                .blank();
        if (flags.quick() || !flags.variants().isEmpty() && flags.records() < ENOUGH_RECORDS) {
            page.line("**A short run: the code is not fully compiled, so do not quote these numbers.**")
                    .blank();
        }
    }

    private void howToChoose(Page page, Optional<String> chart) {
        page.line("## What a bound buys and costs").blank();
        page.line(
                "%s readings a second of %s sensors, windows of %d s, each bound for %d s. Half of the readings are later than"
                        .formatted(
                                Numbers.whole(flags.rate()),
                                Numbers.whole(LateLoad.SENSORS),
                                LateDataFlags.WINDOW.toSeconds(),
                                flags.measured().toSeconds()));
        page.line("%d ms, one in a hundred is 14 times as late, one in a thousand 63 times."
                        .formatted(flags.lateness().toMillis()))
                .blank();
        chart.ifPresent(file -> page.line("![Readings missing in the first result, by the time it takes](" + file + ")")
                .blank());
        page.columns(
                "`--out-of-orderness`",
                "in the first result, %",
                "late or refining",
                "first result visible after the window's end, ms, p50",
                "p99",
                "state, kB");
        for (BoundResult bound : bounds) {
            page.row(
                    bound.bound().toMillis() + " ms",
                    String.format(Locale.ROOT, "%.3f", 100 * bound.completeness()),
                    "1 in " + Numbers.whole(bound.sent() / (double) Math.max(1, bound.sent() - bound.counted())),
                    Numbers.whole(bound.visibleMillis()),
                    Numbers.whole(bound.visibleMillisP99()),
                    Numbers.whole(bound.stateBytes() / 1e3));
        }
        page.blank();
        page.line(
                        "Each further nine of completeness costs several times the delay, for every result; and no bound is enough.")
                .line(
                        "Choose the bound by how long results may take, and let the allowed lateness and the correction have the"
                                + " rest.")
                .blank();
    }

    private static Map<String, String> words() {
        Map<String, String> terms = new LinkedHashMap<>();
        terms.put(
                "First result",
                "revision 1 of a window. What is not in it refines the result within the allowed lateness, or goes to the late"
                        + " topic and is corrected; here nothing is refined.");
        terms.put(
                "Visible",
                "from the end of a window, by the clock, until a consumer with `read_committed` has its first result: the"
                        + " bound, the time until the next reading moves the watermark, and half a checkpoint interval on"
                        + " average.");
        terms.put(
                "State", "the median size of a checkpoint, on the hashmap backend: open windows and Kafka's offsets.");
        terms.put(
                "Steady",
                "readings taken in by the source (`numRecordsIn`; the consumer's count in the plain copy), from a third of"
                        + " them to the last, over the time between, sampled every 50 ms.");
        terms.put(
                "Ratios",
                "of the medians; in brackets the least and the greatest within one round. Wall and CPU are those of the"
                        + " whole process, from the start of its JVM to its end with the last commit.");
        terms.put(
                "Timed runs",
                "readings of about 65 bytes of " + Numbers.whole(ReadingDocument.SENSORS)
                        + " sensors, 2,000 a second in their own time, up to 8 s out of order, one in "
                        + Numbers.whole(ReadingDocument.READINGS_PER_LATE_ONE)
                        + " ten minutes late; windows of a minute, a bound of 10 s, nothing refined. SQL sums up the same"
                        + " windows without a mean, drops what is late, has neither dead letters nor alignment, and the recipe's"
                        + " settings of RocksDB and the producer.");
        terms.put(
                "Checked",
                "in the first round, read with `read_committed`: the recipe's windows and its late topic account for each"
                        + " reading, SQL's windows for all but those that are late. Anything else ends the benchmark.");
        return terms;
    }
}
