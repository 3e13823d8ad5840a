package dev.flinkcookbook.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What exactly-once costs, as a page of Markdown. */
final class ExactlyOnceReport {
    private static final long ENOUGH_RECORDS = 3_000_000;

    private final ExactlyOnceFlags flags;
    private final String[] arguments;
    private final Results results;
    private final Visibility visibility;

    ExactlyOnceReport(ExactlyOnceFlags flags, String[] arguments, Results results, Visibility visibility) {
        this.flags = flags;
        this.arguments = arguments;
        this.results = results;
        this.visibility = visibility;
    }

    /** Writes the page, and the chart of the rates beside it where there are any. */
    void write(Path file) throws IOException {
        Path page = file.toAbsolutePath();
        Files.createDirectories(page.getParent());
        Optional<String> shown = Optional.empty();
        if (!flags.timed().isEmpty()) {
            Path chart = Page.chartBeside(page);
            RatesChart.write(chart, "Thousand transfers per second, steady, median", results);
            shown = Optional.of(chart.getFileName().toString());
        }
        Files.writeString(page, text(shown));
    }

    /** @param chart the file that the page shows, if it is written */
    String text(Optional<String> chart) {
        Page page = new Page();
        header(page);
        chart.ifPresent(file -> page.line("![Thousand transfers per second, steady, median](" + file + ")")
                .blank());
        if (!flags.timed().isEmpty()) {
            page.throughput("transfers", flags.records(), flags.timed(), results);
        }
        if (!flags.paced().isEmpty()) {
            timeUntilVisible(page);
        }
        page.goals(ExactlyOnceGoals.of(results, visibility));
        page.words(words());
        return page.text();
    }

    private void header(Page page) {
        page.header("What exactly-once costs", arguments);
        page.line("Transfers of about 120 bytes between %s accounts, two ledger entries for each; %s"
                .formatted(
                        Numbers.whole(TransferDocument.ACCOUNTS),
                        flags.rounds() == 1 ? "1 round;" : flags.rounds() + " rounds, interleaved;"));
        page.line(
                "two partitions, parallelism 2, RocksDB, the recipe's own main and settings. Throughput: %s transfers,"
                        .formatted(Numbers.whole(flags.records())));
        page.line(
                        "a checkpoint every second. Broker, load and job share the machine: only the ratios mean anything elsewhere.")
                .blank();
        if (flags.quick() || flags.records() < ENOUGH_RECORDS) {
            page.line("**A short run: the code is not fully compiled, so do not quote these numbers.**")
                    .blank();
        }
    }

    private void timeUntilVisible(Page page) {
        page.line("## Time until visible, milliseconds").blank();
        page.line("%s transfers a second, sent when they are due; in each round %d s measured after a warm-up of %d s."
                        .formatted(
                                Numbers.whole(flags.rate()),
                                flags.measured().toSeconds(),
                                flags.warmUp().toSeconds()))
                .blank();
        page.columns(
                "What", "the consumer reads", "checkpoint interval", "p50", "p99", "p99.9", "max", "p99 ÷ interval");
        for (PacedSetting setting : flags.paced()) {
            boolean committed = setting.variant().isExactlyOnce();
            page.row(
                    setting.variant().label(),
                    committed ? "committed" : "uncommitted",
                    setting.intervalText(),
                    Numbers.millis(visibility.millis(setting, 50)),
                    Numbers.millis(visibility.millis(setting, 99)),
                    Numbers.millis(visibility.millis(setting, 99.9)),
                    Numbers.millis(visibility.millis(setting, 100)),
                    Page.orDash(
                            committed
                                    ? visibility.p99InIntervals(
                                            setting.variant(),
                                            setting.interval().orElseThrow())
                                    : Optional.empty()));
        }
        page.blank();
    }

    private static Map<String, String> words() {
        Map<String, String> terms = new LinkedHashMap<>();
        terms.put(
                "Steady",
                "transfers taken in by the source (`numRecordsIn`; the consumer's count in the plain copy), from a third of"
                        + " them to the last, over the time between, sampled every 50 ms.");
        terms.put(
                "Ratios",
                "of the medians; in brackets the least and the greatest within one round. Wall and CPU are those of the"
                        + " whole process, from the start of its JVM to its end with the last commit.");
        terms.put(
                "Ledger job",
                "`ExactlyOnceJob` with `--delivery exactly-once` or `at-least-once`; the latter has the same checkpoints and"
                        + " state, and a sink without transactions. Copy and pass-through write one record for each, the"
                        + " job two.");
        terms.put(
                "At-least-once and upserts",
                "the cheaper alternative: at-least-once, set for latency with `linger.ms=0` and a buffer timeout of "
                        + FlinkRun.SHORT_BUFFER_TIMEOUT.toMillis()
                        + " ms. After a failure entries come again; a consumer that keeps the newest entry for each account"
                        + " and sequence ends with the right ledger, and sees rows of both lives until then.");
        terms.put(
                "Checked",
                "that each transfer came out the right number of times, one or two, read with `read_committed`: on the full"
                        + " topic in the first round, under the paced load always. Anything else ends the benchmark.");
        terms.put(
                "Time until visible",
                "from when a transfer is due to be sent, also if the sender is late, until a consumer has the entry in its"
                        + " hands. Percentiles are over the entries of all rounds; in brackets the least and the greatest of"
                        + " one round.");
        terms.put(
                "p99 ÷ interval",
                "an entry waits for the end of its checkpoint: on average half an interval, at most a whole one and what the"
                        + " checkpoint and the commit take.");
        return terms;
    }
}
