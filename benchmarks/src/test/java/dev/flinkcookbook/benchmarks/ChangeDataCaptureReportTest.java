package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChangeDataCaptureReportTest {
    private static final String[] COMMAND = {
        "change-data-capture", "--variants", "view-rocksdb,sql-upsert-rocksdb", "--output", "/home/me/page.md"
    };

    private final Results results = new Results();

    private void timed(Variant variant, double... steadyByRound) {
        for (double steady : steadyByRound) {
            results.add(variant, new Measurement(steady, 31.5, 60, Map.of()));
        }
    }

    private ChangeDataCaptureReport report(String... flags) {
        return new ChangeDataCaptureReport(ChangeDataCaptureFlags.from(flags).orElseThrow(), COMMAND, results, 812);
    }

    private ChangeDataCaptureReport measured() {
        timed(Variant.VIEW_ROCKSDB, 90_000, 80_000, 85_000);
        timed(Variant.SQL_UPSERT_ROCKSDB, 50_000, 50_000, 50_000);
        results.addState(Variant.VIEW_ROCKSDB, 500_000, 80_000_000);
        results.addState(Variant.SQL_UPSERT_ROCKSDB, 500_000, 55_000_000);
        return report("--variants", "view-rocksdb,sql-upsert-rocksdb");
    }

    @Test
    void comparesWithTheGoalsInPlainWords() {
        assertThat(measured().text(Optional.empty()))
                .contains("| view, RocksDB | Flink SQL, duplicates removed, RocksDB | ≥ 1.5 × | ≥ 3.0 × |"
                        + " 1.70 × (1.60–1.80) | met, not the aim |")
                .contains("| view, hashmap | Flink SQL, duplicates removed, hashmap | ≥ 1.5 × | ≥ 3.0 × | – | not"
                        + " measured |");
    }

    @Test
    void showsRatesAndStateAndWhatDiffers() {
        assertThat(measured().text(Optional.empty()))
                .contains("./cookbook bench change-data-capture --variants view-rocksdb,sql-upsert-rocksdb\n")
                .contains(
                        "5,000,000 records of 812 bytes on average, the changes of 500,000 rows of one table; 3 rounds,")
                .contains("| recipe, view, RocksDB | 85 (80–90) | – | – | 12.0 | 31.5 |")
                .contains("| recipe, view, RocksDB | 160.0 |\n| Flink SQL, duplicates removed, RocksDB | 110.0 |")
                .contains("## What differs")
                .doesNotContain("/home/me")
                .doesNotContain("short run");
    }

    @Test
    void leavesOutTheTableOfWhatWasNotMeasured() {
        timed(Variant.VIEW_ROCKSDB, 90_000);

        assertThat(report("--quick", "--variants", "view-rocksdb").text(Optional.empty()))
                .doesNotContain("## State")
                .contains("changes of 20,000 rows of one table; 1 round;")
                .contains("short run");
    }

    @Test
    void writesTheChartBesideThePage(@TempDir Path folder) throws Exception {
        Path page = folder.resolve("new/change-data-capture.md");

        measured().write(page);

        assertThat(page).content().contains("](change-data-capture.svg)");
        assertThat(page.resolveSibling("change-data-capture.svg")).content().contains("<svg", "fill:rgb(43,108,176)");
    }
}
