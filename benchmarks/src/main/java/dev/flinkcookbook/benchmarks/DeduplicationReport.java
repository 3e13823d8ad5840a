package dev.flinkcookbook.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What was measured, as a page of Markdown. */
final class DeduplicationReport {
    private final DeduplicationFlags flags;
    private final String[] arguments;
    private final Results results;

    DeduplicationReport(DeduplicationFlags flags, String[] arguments, Results results) {
        this.flags = flags;
        this.arguments = arguments;
        this.results = results;
    }

    /** Writes the page, and the chart beside it. */
    void write(Path file) throws IOException {
        Path page = file.toAbsolutePath();
        Path chart = Page.chartBeside(page);
        Files.createDirectories(page.getParent());
        RatesChart.write(chart, "Deduplication: thousand records per second, steady, median", results);
        Files.writeString(page, text(Optional.of(chart.getFileName().toString())));
    }

    /** @param chart the file that the page shows, if it is written */
    String text(Optional<String> chart) {
        Page page = new Page();
        header(page);
        chart.ifPresent(file -> page.line("![Thousand records per second, steady, median](" + file + ")")
                .blank());
        page.throughput("records", flags.records(), flags.variants(), results);
        page.goals(DeduplicationGoals.of(results, flags.records()));
        state(page);
        growth(page);
        page.words(words());
        return page.text();
    }

    private void header(Page page) {
        page.header("Deduplication beside its peers", arguments);
        page.line(
                "%s records of about 200 bytes, %s distinct, the id %s in the record; %d round%s; exactly-once, a checkpoint"
                        .formatted(
                                Numbers.whole(flags.records()),
                                Numbers.whole(PaymentTopic.idsAmong(flags.records())),
                                flags.idPosition(),
                                flags.rounds(),
                                flags.rounds() == 1 ? "" : "s, interleaved"));
        page.line("every second, parallelism 2, ids remembered for 24 h; sink settings: %s; object reuse: %s."
                .formatted(
                        flags.tunedSink()
                                ? "batch.size 256 kB, linger.ms 20, lz4 for all"
                                : "the recipe's for recipe, pass-through and SQL with the recipe's settings, the"
                                        + " client's defaults for the others",
                        flags.objectReuse() ? "on" : "off"));
        page.line("Broker, load and job share the machine: only the ratios mean anything elsewhere.")
                .blank();
        if (flags.quick() || flags.records() < 5_000_000) {
            page.line(
                    "**A short run: the code is not fully compiled and the state is small, so do not quote these numbers.**");
            page.blank();
        }
    }

    private void state(Page page) {
        List<Variant> weighed = flags.variants().stream()
                .filter(variant -> !results.stateBytes(variant).isEmpty())
                .toList();
        if (weighed.isEmpty()) {
            return;
        }
        page.line("## State, bytes per distinct id").blank();
        page.row("What", heads(" ids"));
        page.line("|---|" + "---|".repeat(flags.ids().size()));
        for (Variant variant : weighed) {
            Object[] cells = flags.ids().stream()
                    .map(ids -> Numbers.oneDigit(results.stateBytes(variant).get(ids) / (double) ids))
                    .toArray();
            page.row(variant.label(), String.join(" | ", List.of(cells).toArray(String[]::new)));
        }
        page.blank();
    }

    private String heads(String unit) {
        return String.join(
                " | ",
                flags.ids().stream().map(ids -> Numbers.whole(ids) + unit).toList());
    }

    private void growth(Page page) {
        List<Variant> grown = flags.variants().stream()
                .filter(Variant::deduplicates)
                .filter(variant -> results.growthRatio(variant).isPresent())
                .toList();
        if (grown.isEmpty()) {
            return;
        }
        page.line("## Rate as the state grows, thousand records/s").blank();
        page.row("What", heads(" ids"), "the most ÷ the fewest");
        page.line("|---|" + "---|".repeat(flags.ids().size()) + "---|");
        for (Variant variant : grown) {
            List<String> rates = flags.ids().stream()
                    .map(ids ->
                            results.rateAt(variant, ids).map(Numbers::thousands).orElse("–"))
                    .toList();
            page.row(variant.label(), String.join(" | ", rates), Page.orDash(results.growthRatio(variant)));
        }
        page.blank();
    }

    private static Map<String, String> words() {
        Map<String, String> terms = new LinkedHashMap<>();
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
        return terms;
    }
}
