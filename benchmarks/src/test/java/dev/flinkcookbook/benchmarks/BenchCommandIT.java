package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchCommandIT {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream progress = new ByteArrayOutputStream();

    private int bench(String... arguments) {
        return BenchCommand.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(progress, true, StandardCharsets.UTF_8));
    }

    @Test
    void comparesTheRecipeWithSqlAndWritesAPageWithAChart(@TempDir Path folder) throws Exception {
        Path page = folder.resolve("deduplication.md");

        int exitCode = bench(
                "deduplication",
                "--quick",
                "--records",
                "20000",
                "--no-state",
                "--variants",
                "recipe-hashmap,sql-tuned-hashmap",
                "--output",
                page.toString());

        assertThat(exitCode).as(progress.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(page)
                .content()
                .contains("20,000 records of about 200 bytes, 16,000 distinct, the id first in the record; 1 round")
                .containsPattern("\\| recipe, keep-first, hashmap \\| \\d+ \\(\\d+–\\d+\\) \\| – \\| – \\| [0-9.]+ \\|")
                .containsPattern("\\| Flink SQL, the recipe's settings, hashmap \\| \\d+ \\(")
                .containsPattern("\\| keep-first, hashmap \\| Flink SQL, hashmap, the same settings \\| ≥ 1.6 × \\|"
                        + " ≥ 3.0 × \\| [0-9.]+ × \\| (met|\\*\\*missed)")
                .contains("| Flink SQL as it comes, RocksDB | ≥ 2.5 × | ≥ 5.0 × | – | not measured |")
                .contains("](deduplication.svg)")
                .doesNotContain(folder.toString());
        // Its words are drawn as shapes, so there is no text to look for; the bars are of one colour.
        assertThat(folder.resolve("deduplication.svg")).content().contains("<svg", "fill:rgb(43,108,176)");
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("## What the recipe must reach");
    }

    @Test
    void measuresWhatExactlyOnceCosts(@TempDir Path folder) throws Exception {
        Path page = folder.resolve("exactly-once.md");

        int exitCode = bench(
                "exactly-once",
                "--quick",
                "--records",
                "20000",
                "--variants",
                "load,ledger",
                "--intervals",
                "100ms",
                "--warm-up",
                "1s",
                "--measure",
                "1s",
                "--output",
                page.toString());

        assertThat(exitCode).as(progress.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(page)
                .content()
                .containsPattern("\\| ledger job, exactly-once \\| \\d+ \\(\\d+–\\d+\\) \\| – \\| – \\| [0-9.]+ \\|")
                .containsPattern("\\| no job: producer → consumer \\| uncommitted \\| – \\| [0-9.]+ \\|")
                .containsPattern("\\| ledger job, exactly-once \\| committed \\| 100 ms \\| [0-9,]+ \\|")
                .contains("](exactly-once.svg)");
    }

    @Test
    void measuresWhatABoundBuysAndCostsAndTheWindowsBesideSql(@TempDir Path folder) throws Exception {
        Path page = folder.resolve("late-data.md");

        int exitCode = bench(
                "late-data",
                "--quick",
                "--records",
                "100000",
                "--variants",
                "windows-hashmap,sql-tumble-hashmap",
                "--bounds",
                "0ms",
                "--measure",
                "5s",
                "--output",
                page.toString());

        assertThat(exitCode).as(progress.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(page)
                .content()
                .containsPattern("\\| 0 ms \\| [0-9.]+ \\| 1 in [0-9,]+ \\| [0-9,]+ \\| [0-9,]+ \\| [0-9,]+ \\|")
                .containsPattern("\\| recipe, windows, hashmap \\| \\d+ \\(\\d+–\\d+\\) \\| – \\| – \\| [0-9.]+ \\|")
                .containsPattern("\\| windows, hashmap \\| Flink SQL TUMBLE, hashmap, the same settings \\| ≥ 1.2 × \\|"
                        + " ≥ 2.0 × \\| [0-9.]+ × \\| (met|\\*\\*missed)")
                .contains("](late-data.svg)", "](late-data-throughput.svg)");
        assertThat(folder.resolve("late-data.svg")).content().contains("<svg");
    }

    @Test
    void comparesTheViewWithSqlAndWeighsTheState(@TempDir Path folder) throws Exception {
        Path page = folder.resolve("change-data-capture.md");

        int exitCode = bench(
                "change-data-capture",
                "--quick",
                "--records",
                "20000",
                "--variants",
                "pass-through,view-rocksdb,sql-upsert-rocksdb,sql-upsert-stateless",
                "--output",
                page.toString());

        assertThat(exitCode).as(progress.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(page)
                .content()
                .contains("the changes of 2,000 rows of one table; 1 round;")
                .containsPattern(
                        "\\| recipe, view, RocksDB \\| \\d+ \\(\\d+–\\d+\\) \\| – \\| [0-9.]+ × \\| [0-9.]+ \\|")
                .containsPattern("\\| Flink SQL as it comes, no state \\| \\d+ \\(")
                .containsPattern("\\| view, RocksDB \\| Flink SQL, duplicates removed, RocksDB \\| ≥ 1.5 × \\|"
                        + " ≥ 3.0 × \\| [0-9.]+ × \\| (met|\\*\\*missed)")
                .containsPattern("\\| recipe, view, RocksDB \\| [0-9.]+ \\|\n")
                .containsPattern("\\| Flink SQL, duplicates removed, RocksDB \\| [0-9.]+ \\|\n")
                .contains("](change-data-capture.svg)");
        assertThat(folder.resolve("change-data-capture.svg")).content().contains("<svg");
    }

    @Test
    void measuresWhatSnapshotsCost(@TempDir Path folder) throws Exception {
        Path page = folder.resolve("snapshots.md");

        int exitCode =
                bench("snapshots", "--quick", "--settings", "rocksdb,busy-unaligned", "--output", page.toString());

        assertThat(exitCode).as(progress.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(page)
                .content()
                .contains("./cookbook bench snapshots --quick", "1% of the", "1 round,")
                .containsPattern("\\| savepoint, canonical \\| RocksDB \\| [0-9,]+ \\| 1[0-9]\\.[0-9] \\| [0-9,]+ \\|")
                .containsPattern("\\| checkpoint, incremental \\| RocksDB \\| [0-9.,]+ \\| 0\\.[0-9] \\| [0-9,]+ \\|")
                .containsPattern(
                        "\\| 10 MB \\| checkpoint, incremental \\| unaligned \\| [0-9,]+ \\| [0-9.]+ \\| [0-9.]+ \\|")
                .containsPattern("\\| 10 MB \\| savepoint, native \\| unaligned \\| [0-9,]+ \\| [0-9.]+ \\| 0\\.0 \\|")
                .contains("](snapshots.svg)", "](snapshots-restore.svg)")
                .doesNotContain("hashmap has", folder.toString());
        assertThat(folder.resolve("snapshots.svg")).content().contains("<svg", "fill:rgb(");
    }

    @ParameterizedTest
    @CsvSource({
        "deduplication --round 1, --round: unknown flag",
        "deduplication --variants fast, --variants: got 'fast'",
        "deduplication --records 10, --records: got '10'",
        "exactly-once --rate 0, --rate: got '0'",
        "late-data --measure 1s, --measure: got '1000ms'",
        "change-data-capture --records 10, --records: got '10'",
        "snapshots --sizes 5MB, --sizes: got '5MB'",
        "snapshots --sizes 10, --sizes: got '10'",
        "snapshots --changed 0, --changed: got '0'",
        "snapshots --settings heap, --settings: got 'heap'",
        "latency --pairs -1, --pairs: got '-1'",
        "haste, 'bench: got ''haste'', expected deduplication or exactly-once or late-data or"
                + " change-data-capture or snapshots or latency'",
    })
    void answersAWrongCallWithOneLine(String call, String line) {
        assertThat(bench(call.split(" "))).isEqualTo(2);

        assertThat(progress.toString(StandardCharsets.UTF_8)).contains(line).hasLineCount(1);
        assertThat(out.size()).isZero();
    }

    @Test
    void turnsKnobsAndWeighsWhatMeasuringCosts(@TempDir Path folder) throws Exception {
        Path page = folder.resolve("latency.md");

        int exitCode = bench(
                "latency",
                "--quick",
                "--settings",
                "buffer-timeout-5ms,window",
                "--rate",
                "200",
                "--output",
                page.toString());

        assertThat(exitCode).as(progress.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(page)
                .content()
                .containsPattern("\\| at-least-once, buffer timeout 5 ms, windows of 200 ms"
                        + " \\| at-least-once, buffer timeout 5 ms \\| [0-9,]+ → [0-9,]+ \\([0-9.]+ ×\\) \\|")
                .containsPattern("\\| at-least-once, buffer timeout 5 ms \\| uncommitted \\| [0-9,]+ \\|")
                .contains("Negative times (two clocks that disagree): 0.")
                .contains("](latency.svg)");
        assertThat(folder.resolve("latency.svg")).content().contains("<svg");
    }
}
