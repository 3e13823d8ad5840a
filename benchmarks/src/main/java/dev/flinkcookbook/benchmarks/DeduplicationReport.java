package dev.flinkcookbook.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What was measured, as a page of Markdown. */
final class DeduplicationReport {
    private final DeduplicationFlags flags;
    private final String command;
    private final Results results;
    private final StringBuilder page = new StringBuilder();

    DeduplicationReport(DeduplicationFlags flags, String command, Results results) {
        this.flags = flags;
        this.command = command;
        this.results = results;
    }

    /** Writes the page, and the chart beside it. */
    void write(Path file) throws IOException {
        Path target = file.toAbsolutePath();
        Files.createDirectories(target.getParent());
        String chart = file.getFileName().toString().replaceFirst("\\.md$", "") + ".svg";
        RatesChart.write(target.resolveSibling(chart), results);
        Files.writeString(target, text(Optional.of(chart)));
    }

    /** @param chart the file that the page shows, if it is written */
    String text(Optional<String> chart) {
        page.setLength(0);
        header();
        chart.ifPresent(file -> line("![Thousand records per second, steady, median](" + file + ")")
                .line(""));
        throughput();
        goals();
        state();
        growth();
        definitions();
        return page.toString();
    }

    private DeduplicationReport line(String text) {
        page.append(text).append('\n');
        return this;
    }

    private void row(Object... cells) {
        page.append('|');
        for (Object cell : cells) {
            page.append(' ').append(cell).append(" |");
        }
        page.append('\n');
    }

    private void header() {
        line("# Deduplication beside its peers").line("");
        line(LocalDate.now(ZoneOffset.UTC) + ", " + Machine.description() + ", measured by")
                .line("");
        line("<!-- not executed: this page is what it printed -->");
        line("```console").line(command).line("```").line("");
        line(
                "%s records of about 200 bytes, %s distinct, the id %s in the record; %d round%s; exactly-once, a checkpoint"
                        .formatted(
                                Numbers.whole(flags.records()),
                                Numbers.whole(PaymentTopic.idsAmong(flags.records())),
                                flags.idPosition(),
                                flags.rounds(),
                                flags.rounds() == 1 ? "" : "s, interleaved"));
        line("every second, parallelism 2, ids remembered for 24 h; sink settings: %s; object reuse: %s."
                .formatted(
                        flags.tunedSink()
                                ? "batch.size 256 kB, linger.ms 20, lz4 for all"
                                : "the recipe's for recipe, pass-through and SQL with the recipe's settings, the"
                                        + " client's defaults for the others",
                        flags.objectReuse() ? "on" : "off"));
        line("Broker, load and job share the machine: only the ratios mean anything elsewhere.")
                .line("");
        if (flags.quick() || flags.records() < 5_000_000) {
            line(
                    "**A short run: the code is not fully compiled and the state is small, so do not quote these numbers.**");
            line("");
        }
    }

    private void throughput() {
        line("## Throughput").line("");
        row(
                "What",
                "thousand records/s, steady: median (min–max)",
                "÷ transactional copy",
                "÷ pass-through",
                "CPU s per M records",
                "wall s");
        line("|---|---|---|---|---|---|");
        for (Variant variant : flags.variants()) {
            Spread cpu = results.spread(variant, run -> run.cpuSeconds() * 1e6 / flags.records());
            row(
                    variant.label(),
                    Numbers.thousands(results.spread(variant, Measurement::steady)),
                    orDash(results.steadyRatio(variant, Variant.COPY_TRANSACTIONAL)),
                    orDash(results.steadyRatio(variant, Variant.PASS_THROUGH)),
                    Numbers.oneDigit(cpu.median()),
                    Numbers.oneDigit(
                            results.spread(variant, Measurement::wallSeconds).median()));
        }
        line("");
    }

    private void goals() {
        line("## What the recipe must reach").line("");
        row("Recipe", "Against", "Must", "Aim", "Measured", "");
        line("|---|---|---|---|---|---|");
        for (Goal goal : Goal.of(results, flags.records())) {
            row(goal.what(), goal.against(), goal.mustText(), goal.aimText(), orDash(goal.ratio()), goal.verdict());
        }
        line("");
    }

    private void state() {
        List<Variant> weighed = flags.variants().stream()
                .filter(variant -> !results.stateBytes(variant).isEmpty())
                .toList();
        if (weighed.isEmpty()) {
            return;
        }
        line("## State, bytes per distinct id").line("");
        row("What", heads(" ids"));
        line("|---|" + "---|".repeat(flags.ids().size()));
        for (Variant variant : weighed) {
            Object[] cells = flags.ids().stream()
                    .map(ids -> Numbers.oneDigit(results.stateBytes(variant).get(ids) / (double) ids))
                    .toArray();
            row(variant.label(), String.join(" | ", List.of(cells).toArray(String[]::new)));
        }
        line("");
    }

    private String heads(String unit) {
        return String.join(
                " | ",
                flags.ids().stream().map(ids -> Numbers.whole(ids) + unit).toList());
    }

    private void growth() {
        List<Variant> grown = flags.variants().stream()
                .filter(Variant::deduplicates)
                .filter(variant -> results.growthRatio(variant).isPresent())
                .toList();
        if (grown.isEmpty()) {
            return;
        }
        line("## Rate as the state grows, thousand records/s").line("");
        row("What", heads(" ids"), "the most ÷ the fewest");
        line("|---|" + "---|".repeat(flags.ids().size()) + "---|");
        for (Variant variant : grown) {
            List<String> rates = flags.ids().stream()
                    .map(ids ->
                            results.rateAt(variant, ids).map(Numbers::thousands).orElse("–"))
                    .toList();
            row(variant.label(), String.join(" | ", rates), orDash(results.growthRatio(variant)));
        }
        line("");
    }

    private void definitions() {
        Map<String, String> terms = new java.util.LinkedHashMap<>();
        terms.put(
                "Steady",
                "records taken in by the source (`numRecordsIn`; the consumer's count in the plain copies), from a third of"
                        + " the records to the last, over the time between, sampled every 50 ms.");
        terms.put(
                "Ratios",
                "of the medians; in brackets the least and the greatest within one round. Wall and CPU are those of the"
                        + " whole process, from the start of its JVM to its end with the last commit.");
        terms.put(
                "Checked",
                "in the first round the outputs of each variant are counted with `read_committed`: every record for a copy,"
                        + " every distinct id for a deduplication (approximate: but for the false positives it may lose). A"
                        + " wrong count ends the benchmark.");
        terms.put(
                "State",
                "the bytes of all files of a native savepoint, taken from an unbounded run of the same job when its source"
                        + " has read everything.");
        terms.put(
                "Rate at n ids",
                "taken in the timed runs, while the state grew to n ids by the last tenth of all ids, so every rate is that"
                        + " of a warm JVM.");
        terms.put(
                "As it comes",
                "Flink SQL's `ROW_NUMBER()` pattern with JSON in and out, incremental checkpoints on; with the recipe's"
                        + " settings also RocksDB's bloom filter, partitioned filters and universal compaction, pooled transaction names and the recipe's producer settings."
                        + " Managed memory is 512 MB (half of it for the job), the heap 3 GB, for every job.");
        line("## What the words mean").line("");
        terms.forEach((term, meaning) -> line("- **" + term + "**: " + meaning));
    }

    private static String orDash(Optional<Spread> ratio) {
        return ratio.map(Numbers::ratio).orElse("–");
    }
}
