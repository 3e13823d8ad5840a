package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotsReportTest {
    private static final String[] COMMAND = {"snapshots", "--sizes", "10MB,1GB", "--output", "/home/me/page.md"};

    private final SnapshotResults results = new SnapshotResults();

    private static SnapshotsFlags flags(String... more) {
        return SnapshotsFlags.from(more).orElseThrow();
    }

    /** Each snapshot takes as many milliseconds as there are megabytes, and some more in each round. */
    private SnapshotsReport measured(SnapshotsFlags flags) {
        for (int megabytes : flags.sizes()) {
            for (SnapshotSetting setting : flags.settings()) {
                for (SnapshotKind kind : setting.kinds()) {
                    for (int round : new int[] {30, 10, 20}) {
                        SnapshotMeasurement measurement = new SnapshotMeasurement(
                                kind,
                                megabytes + round,
                                megabytes * 1_000_000L,
                                setting.isUnaligned() ? 1_500_000 : 0,
                                1_000 + round,
                                2_000 + round);
                        results.add(megabytes, setting, List.of(SnapshotMeasurement.decoded(measurement.encoded())));
                    }
                }
            }
        }
        return new SnapshotsReport(flags, COMMAND, results);
    }

    @Test
    void showsMediansOfEverySizeAndConcludesFromTheLargest() {
        String page = measured(flags("--sizes", "1GB,10MB")).text(Optional.empty(), Optional.empty());

        assertThat(page)
                .contains("./cookbook bench snapshots --sizes 10MB,1GB\n")
                .contains("## State of 10 MB")
                .contains("| savepoint, native | RocksDB | 30 (20–40) | 10.0 | 1,020 (1,010–1,030) |")
                .contains("## State of 1 GB")
                .contains("| checkpoint, full | hashmap | 1,020 (1,010–1,030) | 1000.0 |")
                .contains("| 10 MB | checkpoint, incremental | unaligned | 30 (20–40) | 10.0 | 1.5 |")
                .contains("| 1 GB | savepoint, native | aligned | 1,020 (1,010–1,030) | 1000.0 | 0.0 |")
                .contains("(with 1 GB of state)")
                .contains(
                        "**To stop a job and go on with the same state backend: a native savepoint.** 1,020 ms to take")
                .doesNotContain("/home/me");
    }

    @Test
    void concludesNothingFromWhatWasNotMeasured() {
        String page = measured(flags("--quick", "--settings", "hashmap")).text(Optional.empty(), Optional.empty());

        assertThat(page)
                .contains("**The hashmap has nothing but full snapshots**")
                .doesNotContain("**To survive failures", "**To stop a job", "Under back pressure: ", "A savepoint is");
    }

    @Test
    void drawsTheChartsBesideThePage(@TempDir Path folder) throws Exception {
        Path page = folder.resolve("new/snapshots.md");

        measured(flags("--sizes", "10MB,1GB")).write(page);

        assertThat(page).content().contains("](snapshots.svg)", "](snapshots-restore.svg)");
        // A blue of RocksDB and a grey of the hashmap; the words are drawn as shapes.
        assertThat(page.resolveSibling("snapshots.svg"))
                .content()
                .contains("<svg", "fill:rgb(43,108,176)", "fill:rgb(62,76,89)");
        assertThat(page.resolveSibling("snapshots-restore.svg")).content().contains("<svg");
    }

    @Test
    void needsNoChartWhereAllIsUnderBackPressure(@TempDir Path folder) throws Exception {
        Path page = folder.resolve("snapshots.md");

        measured(flags("--quick", "--settings", "busy-aligned,busy-unaligned")).write(page);

        assertThat(page).content().contains("A savepoint is aligned always").doesNotContain(".svg");
    }
}
