package dev.flinkcookbook.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The view of a table beside Flink SQL, as a page of Markdown. */
final class ChangeDataCaptureReport {
    private static final long ENOUGH_RECORDS = 5_000_000;

    private final ChangeDataCaptureFlags flags;
    private final String[] arguments;
    private final Results results;
    private final long bytesPerRecord;

    /** @param bytesPerRecord of the values, on average */
    ChangeDataCaptureReport(ChangeDataCaptureFlags flags, String[] arguments, Results results, long bytesPerRecord) {
        this.flags = flags;
        this.arguments = arguments;
        this.results = results;
        this.bytesPerRecord = bytesPerRecord;
    }

    /** Writes the page, and the chart beside it. */
    void write(Path file) throws IOException {
        Path page = file.toAbsolutePath();
        Path chart = Page.chartBeside(page);
        Files.createDirectories(page.getParent());
        RatesChart.write(chart, "Change data capture: thousand records per second, steady, median", results);
        Files.writeString(page, text(Optional.of(chart.getFileName().toString())));
    }

    /** @param chart the file that the page shows, if it is written */
    String text(Optional<String> chart) {
        Page page = new Page();
        header(page);
        chart.ifPresent(file -> page.line("![Thousand records per second, steady, median](" + file + ")")
                .blank());
        page.throughput("records", flags.records(), flags.variants(), results);
        page.goals(ChangeDataCaptureGoals.of(results));
        state(page);
        differences(page);
        page.words(words());
        return page.text();
    }

    private void header(Page page) {
        page.header("Change data capture: the view of a table beside Flink SQL", arguments);
        page.line("%s records of %s bytes on average, the changes of %s rows of one table; %d round%s; exactly-once, a"
                .formatted(
                        Numbers.whole(flags.records()),
                        Numbers.whole(bytesPerRecord),
                        Numbers.whole(ChangeTopic.rowsAmong(flags.records())),
                        flags.rounds(),
                        flags.rounds() == 1 ? "" : "s, interleaved"));
        page.line(
                "checkpoint every second, two partitions, parallelism 2, the recipe's settings of RocksDB and the producer"
                        + " for all.");
        page.line("Broker, load and job share the machine: only the ratios mean anything elsewhere.")
                .blank();
        if (flags.quick() || flags.records() < ENOUGH_RECORDS) {
            page.line("**A short run: the code is not fully compiled and the state is small, so do not quote these"
                            + " numbers.**")
                    .blank();
        }
    }

    private void state(Page page) {
        List<Variant> weighed = flags.variants().stream()
                .filter(variant -> !results.stateBytes(variant).isEmpty())
                .toList();
        if (weighed.isEmpty()) {
            return;
        }
        page.line("## State, bytes per row").blank();
        page.columns("What", "bytes");
        for (Variant variant : weighed) {
            Map.Entry<Long, Long> bytes = results.stateBytes(variant).lastEntry();
            page.row(variant.label(), Numbers.oneDigit(bytes.getValue() / (double) bytes.getKey()));
        }
        page.blank();
    }

    private static void differences(Page page) {
        page.line("## What differs").blank();
        page.line(
                "- SQL parses every column and writes it anew; the recipe cuts the row out as it stands. A column that the"
                        + " `CREATE TABLE` does not name is lost in SQL.");
        page.line(
                "- SQL fails on an update without `before`, so each table needs `REPLICA IDENTITY FULL`; a placeholder of a"
                        + " large column stays one. The recipe needs neither, and remembers the last known value.");
        page.line(
                "- SQL believes the order of arrival: a change that comes again after a newer one brings the old row back"
                        + " until the newer one comes again too. The recipe compares positions in the log.");
        page.blank();
    }

    private static Map<String, String> words() {
        Map<String, String> terms = new LinkedHashMap<>();
        terms.put(
                "Records",
                "Debezium's envelopes without schemas, with the row before (`REPLICA IDENTITY FULL`, or SQL would fail):"
                        + " first an insert of each row, then updates of random ones, one in 30 a delete with its tombstone,"
                        + " after which the row comes again. A tombstone counts as a record. The recipe reads three tables,"
                        + " of which two are empty.");
        terms.put(
                "Duplicates removed",
                "`debezium-json` into `upsert-kafka` with `table.exec.source.cdc-events-duplicate` and a primary key: the"
                        + " newest row in state, as the recipe has it. Numbers are parsed, money and time stay strings.");
        terms.put(
                "As it comes",
                "without that: no state and no exchange; what is told again is written again, in the order of arrival.");
        terms.put(
                "Steady",
                "records taken in by the source (`numRecordsIn`; the consumer's count in the plain copy), from a third of"
                        + " the records to the last, over the time between, sampled every 50 ms.");
        terms.put(
                "Ratios",
                "of the medians; in brackets the least and the greatest within one round. Wall and CPU are those of the"
                        + " whole process, from the start of its JVM to its end with the last commit.");
        terms.put(
                "Checked",
                "in the first round, read with `read_committed`: the newest record of each key is the row's last version, or"
                        + " a tombstone. Anything else ends the benchmark.");
        terms.put(
                "State",
                "the bytes of all files of a native savepoint, taken from an unbounded run of the same job when its source"
                        + " has read everything, by the rows that there ever were. The recipe's has each row as JSON, its"
                        + " position, and the positions of deleted rows.");
        return terms;
    }
}
