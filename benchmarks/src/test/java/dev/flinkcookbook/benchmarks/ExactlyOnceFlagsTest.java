package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.common.FlagException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExactlyOnceFlagsTest {

    private static ExactlyOnceFlags flags(String... args) {
        return ExactlyOnceFlags.from(args).orElseThrow();
    }

    @Test
    void measuresEverythingThreeTimesByDefault() {
        assertThat(flags().records()).isEqualTo(3_000_000);
        assertThat(flags().rounds()).isEqualTo(3);
        assertThat(flags().timed())
                .containsExactly(
                        Variant.COPY_TRANSACTIONAL,
                        Variant.PASS_THROUGH,
                        Variant.LEDGER,
                        Variant.LEDGER_AT_LEAST_ONCE,
                        Variant.LEDGER_UPSERT);
        assertThat(flags().output())
                .hasValueSatisfying(file -> assertThat(file).endsWithRaw(Path.of("docs/benchmarks/exactly-once.md")));
    }

    @Test
    void variesTheIntervalOfWhatWaitsForACheckpointOnly() {
        assertThat(flags().paced())
                .map(PacedSetting::toString)
                .containsExactly(
                        "load",
                        "pass-through at 100 ms",
                        "pass-through at 1 s",
                        "pass-through at 10 s",
                        "ledger at 100 ms",
                        "ledger at 1 s",
                        "ledger at 10 s",
                        "ledger-at-least-once at 1 s",
                        "ledger-upsert at 1 s");
    }

    @Test
    void leavesOutWhatIsNotAskedFor() {
        ExactlyOnceFlags some = flags("--variants", "ledger,load", "--intervals", "1s,200ms", "--no-throughput");

        assertThat(some.timed()).isEmpty();
        assertThat(some.paced())
                .map(PacedSetting::toString)
                .containsExactly("load", "ledger at 200 ms", "ledger at 1 s");
    }

    @Test
    void isShortAndWritesNothingWhenItIsToBeQuick() {
        assertThat(flags("--quick").output()).isEmpty();
        assertThat(flags("--quick").rounds()).isEqualTo(1);
        assertThat(flags("--quick", "--measure", "7s").measured()).isEqualTo(Duration.ofSeconds(7));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "--record 5; --record: unknown flag",
                "--records 10; --records: got '10', expected 1000 to",
                "--rounds 0; --rounds: got '0', expected at least 1",
                "--rate 0; --rate: got '0', expected 1 to 100000",
                "--intervals 5; --intervals: got '5', expected a duration with its unit",
                "--intervals 1s,1ms; --intervals: got '1ms', expected each at least 10ms",
                "--measure 10ms; --measure: got '10ms', expected at least 1s",
                "--variants sql-rocksdb; --variants: got 'sql-rocksdb', expected load, copy-transactional",
                "--no-latency --no-throughput; leave nothing, expected at least one run",
                "--variants load --no-latency; leave nothing, expected at least one run",
            })
    void refusesInOneLine(String call, String line) {
        assertThatThrownBy(() -> flags(call.split(" ")))
                .isInstanceOf(FlagException.class)
                .hasMessageContaining(line)
                .satisfies(wrong -> assertThat(wrong.getMessage()).hasLineCount(1));
    }
}
