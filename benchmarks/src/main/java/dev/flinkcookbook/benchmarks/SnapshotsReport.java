package dev.flinkcookbook.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** What snapshots cost, and which one to take when, as a page of Markdown. */
final class SnapshotsReport {
    private static final String TAKING = "Milliseconds to take a snapshot, median";
    private static final String RESTORING = "Milliseconds from the submission until restored state is usable, median";

    private final SnapshotsFlags flags;
    private final String[] arguments;
    private final SnapshotResults results;

    SnapshotsReport(SnapshotsFlags flags, String[] arguments, SnapshotResults results) {
        this.flags = flags;
        this.arguments = arguments;
        this.results = results;
    }

    /** {@code 10 MB}, {@code 1 GB} */
    static String size(int megabytes) {
        return megabytes % 1_000 == 0 ? megabytes / 1_000 + " GB" : megabytes + " MB";
    }

    /** Writes the page, and the charts beside it. */
    void write(Path file) throws IOException {
        Path page = file.toAbsolutePath();
        Files.createDirectories(page.getParent());
        if (settings(false).isEmpty()) {
            Files.writeString(page, text(Optional.empty(), Optional.empty()));
            return;
        }
        Path taking = Page.chartBeside(page);
        String name = taking.getFileName().toString().replaceFirst("\\.svg$", "-restore.svg");
        SnapshotsChart.write(taking, TAKING, flags, results, SnapshotMeasurement::millis);
        SnapshotsChart.write(page.resolveSibling(name), RESTORING, flags, results, SnapshotMeasurement::usableMillis);
        Files.writeString(page, text(Optional.of(taking.getFileName().toString()), Optional.of(name)));
    }

    /**
     * The page.
     *
     * @param chartOfTaking the file that it shows, if it is written
     * @param chartOfRestoring likewise
     */
    String text(Optional<String> chartOfTaking, Optional<String> chartOfRestoring) {
        Page page = new Page();
        page.header("What snapshots cost", arguments);
        page.line(
                        "Keyed state of entries of %s bytes that do not compress, two subtasks, snapshots on a local disk, %d%% of the"
                                .formatted(Numbers.whole(LargeStateJob.BYTES_PER_KEY), flags.changedPercent()))
                .line(
                        "keys changed before each snapshot; %d round%s, medians (min–max). Only the ratios mean anything elsewhere."
                                .formatted(flags.rounds(), flags.rounds() == 1 ? "" : "s"))
                .blank();
        conclusions(page);
        chartOfTaking.ifPresent(
                file -> page.line("![" + TAKING + "](" + file + ")").blank());
        chartOfRestoring.ifPresent(
                file -> page.line("![" + RESTORING + "](" + file + ")").blank());
        if (!settings(false).isEmpty()) {
            flags.sizes().forEach(megabytes -> atRest(page, megabytes));
        }
        if (!settings(true).isEmpty()) {
            underBackPressure(page);
        }
        page.words(words());
        return page.text();
    }

    private List<SnapshotSetting> settings(boolean busy) {
        return flags.settings().stream()
                .filter(setting -> setting.isBusy() == busy)
                .toList();
    }

    private void atRest(Page page, int megabytes) {
        page.line("## State of " + size(megabytes)).blank();
        page.columns(
                "Snapshot", "State backend", "taken in, ms", "written, MB", "usable after, ms", "every key read, ms");
        for (SnapshotSetting setting : settings(false)) {
            for (SnapshotKind kind : setting.kinds()) {
                page.row(
                        kind.label(),
                        setting.label(),
                        millis(megabytes, setting, kind, SnapshotMeasurement::millis),
                        megabytes(megabytes, setting, kind, SnapshotMeasurement::bytes),
                        millis(megabytes, setting, kind, SnapshotMeasurement::usableMillis),
                        millis(megabytes, setting, kind, SnapshotMeasurement::readMillis));
            }
        }
        page.blank();
    }

    private void underBackPressure(Page page) {
        page.line("## Under back pressure").blank();
        page.line(
                        "RocksDB, incremental; each change takes %d ms in the operator that keeps the state, and all buffers before it are full."
                                .formatted(LargeStateRun.SLOW_CALL.toMillis()))
                .blank();
        page.columns(
                "State",
                "Snapshot",
                "Checkpoints are",
                "taken in, ms",
                "written, MB",
                "of it on its way, MB",
                "usable after, ms");
        for (int megabytes : flags.sizes()) {
            for (SnapshotSetting setting : settings(true)) {
                for (SnapshotKind kind : setting.kinds()) {
                    page.row(
                            size(megabytes),
                            kind.label(),
                            setting.label(),
                            millis(megabytes, setting, kind, SnapshotMeasurement::millis),
                            megabytes(megabytes, setting, kind, SnapshotMeasurement::bytes),
                            megabytes(megabytes, setting, kind, SnapshotMeasurement::inFlightBytes),
                            millis(megabytes, setting, kind, SnapshotMeasurement::usableMillis));
                }
            }
        }
        page.blank();
    }

    private String millis(
            int megabytes, SnapshotSetting setting, SnapshotKind kind, ToDoubleFunction<SnapshotMeasurement> what) {
        return Numbers.millis(results.spread(megabytes, setting, kind, what).orElseThrow());
    }

    private String megabytes(
            int megabytes, SnapshotSetting setting, SnapshotKind kind, ToDoubleFunction<SnapshotMeasurement> bytes) {
        Spread written = results.spread(megabytes, setting, kind, measurement -> bytes.applyAsDouble(measurement) / 1e6)
                .orElseThrow();
        return Numbers.oneDigit(written.median());
    }

    /** With the numbers of the largest state. */
    private void conclusions(Page page) {
        int largest = flags.sizes().get(flags.sizes().size() - 1);
        page.line("## Which snapshot when (with " + size(largest) + " of state)")
                .blank();
        if (flags.settings().contains(SnapshotSetting.ROCKSDB)) {
            page.line(
                    "- **To survive failures: incremental checkpoints on RocksDB.** One wrote %s, took %s and was usable after %s; a full one of the same job %s, %s and %s."
                            .formatted(
                                    written(largest, SnapshotSetting.ROCKSDB, SnapshotKind.INCREMENTAL_CHECKPOINT),
                                    taken(largest, SnapshotSetting.ROCKSDB, SnapshotKind.INCREMENTAL_CHECKPOINT),
                                    usable(largest, SnapshotSetting.ROCKSDB, SnapshotKind.INCREMENTAL_CHECKPOINT),
                                    written(largest, SnapshotSetting.ROCKSDB, SnapshotKind.FULL_CHECKPOINT),
                                    taken(largest, SnapshotSetting.ROCKSDB, SnapshotKind.FULL_CHECKPOINT),
                                    usable(largest, SnapshotSetting.ROCKSDB, SnapshotKind.FULL_CHECKPOINT)));
        }
        if (flags.settings().contains(SnapshotSetting.ROCKSDB_FULL)) {
            page.line(
                    "- **`execution.checkpointing.incremental: false`, Flink's default, on RocksDB** makes every checkpoint a full one that reads the state key by key: %s to take, usable after %s."
                            .formatted(
                                    taken(largest, SnapshotSetting.ROCKSDB_FULL, SnapshotKind.FULL_CHECKPOINT),
                                    usable(largest, SnapshotSetting.ROCKSDB_FULL, SnapshotKind.FULL_CHECKPOINT)));
        }
        if (flags.settings().contains(SnapshotSetting.ROCKSDB)) {
            page.line(
                    "- **To stop a job and go on with the same state backend: a native savepoint.** %s to take, usable after %s; the canonical one %s and %s."
                            .formatted(
                                    taken(largest, SnapshotSetting.ROCKSDB, SnapshotKind.NATIVE_SAVEPOINT),
                                    usable(largest, SnapshotSetting.ROCKSDB, SnapshotKind.NATIVE_SAVEPOINT),
                                    taken(largest, SnapshotSetting.ROCKSDB, SnapshotKind.CANONICAL_SAVEPOINT),
                                    usable(largest, SnapshotSetting.ROCKSDB, SnapshotKind.CANONICAL_SAVEPOINT)));
            page.line(
                    "- **To go on with another state backend: a canonical savepoint**, at that price. The native one does not restore then (`LargeStateRunIT` tries both).");
        }
        if (flags.settings().contains(SnapshotSetting.HASHMAP)) {
            page.line(
                    "- **The hashmap has nothing but full snapshots**: a checkpoint wrote %s and took %s, each time; it was usable after %s."
                            .formatted(
                                    written(largest, SnapshotSetting.HASHMAP, SnapshotKind.FULL_CHECKPOINT),
                                    taken(largest, SnapshotSetting.HASHMAP, SnapshotKind.FULL_CHECKPOINT),
                                    usable(largest, SnapshotSetting.HASHMAP, SnapshotKind.FULL_CHECKPOINT)));
        }
        if (settings(true).size() == 2) {
            page.line(
                    "- **Under back pressure: unaligned checkpoints.** %s, where an aligned one waited for what was before it and took %s."
                            .formatted(
                                    taken(largest, SnapshotSetting.BUSY_UNALIGNED, SnapshotKind.INCREMENTAL_CHECKPOINT),
                                    taken(largest, SnapshotSetting.BUSY_ALIGNED, SnapshotKind.INCREMENTAL_CHECKPOINT)));
            page.line(
                    "- **A savepoint is aligned always**: with unaligned checkpoints too it took %s under back pressure. Who is in a hurry restarts from a retained checkpoint."
                            .formatted(taken(largest, SnapshotSetting.BUSY_UNALIGNED, SnapshotKind.NATIVE_SAVEPOINT)));
        }
        page.blank();
    }

    private String taken(int megabytes, SnapshotSetting setting, SnapshotKind kind) {
        return medianMillis(megabytes, setting, kind, SnapshotMeasurement::millis);
    }

    private String usable(int megabytes, SnapshotSetting setting, SnapshotKind kind) {
        return medianMillis(megabytes, setting, kind, SnapshotMeasurement::usableMillis);
    }

    private String medianMillis(
            int megabytes, SnapshotSetting setting, SnapshotKind kind, ToDoubleFunction<SnapshotMeasurement> what) {
        return Numbers.whole(results.spread(megabytes, setting, kind, what)
                        .orElseThrow()
                        .median())
                + " ms";
    }

    private String written(int megabytes, SnapshotSetting setting, SnapshotKind kind) {
        return megabytes(megabytes, setting, kind, SnapshotMeasurement::bytes) + " MB";
    }

    private static Map<String, String> words() {
        Map<String, String> terms = new LinkedHashMap<>();
        terms.put(
                "Taken in",
                "from the request until Flink says that the snapshot is complete; nothing else is on its way, but under"
                        + " back pressure.");
        terms.put(
                "Written",
                "the bytes of the files that were not there before; an increment is RocksDB's new files, also those that"
                        + " compaction has made of older ones.");
        terms.put(
                "Of it on its way",
                "changes between the operators, as the snapshot's metadata say. Under back pressure the rest is what was"
                        + " changed since the last one, not a chosen share.");
        terms.put(
                "Usable after",
                "from the submission of a job that starts from the snapshot until each of its subtasks has given an output,"
                        + " in a cluster that is up, from files that the operating system may still have in memory.");
        terms.put(
                "Every key read",
                "until each key has been read and changed once. The job's first checkpoint, a full one, runs meanwhile.");
        terms.put(
                "RocksDB",
                "with the settings of every job here, and incremental checkpoints. A full checkpoint of it is one that was"
                        + " asked for: all of its files; with `incremental: false` it is written entry by entry instead.");
        terms.put(
                "Checked",
                "after each restore: the number of changes of all keys, the last change of each, and its contents. Anything"
                        + " else than what was in the snapshot ends the benchmark.");
        return terms;
    }
}
