package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.HdrHistogram.Histogram;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class VisibilityTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Offset<Double> DIGITS = within(2.0); // Of a thousand: a histogram keeps three digits.

    private final Visibility visibility = new Visibility();

    /** A hundred entries, evenly spread up to the slowest. */
    private static Histogram upTo(int millis) {
        Histogram micros = new Histogram(3);
        for (int i = 1; i <= 100; i++) {
            micros.recordValue(i * millis * 10L);
        }
        return micros;
    }

    private void measured(Variant variant, int... millisByRound) {
        for (int millis : millisByRound) {
            visibility.add(PacedSetting.of(variant, SECOND), upTo(millis));
        }
    }

    @Test
    void takesPercentilesOverTheEntriesOfAllRoundsAndNamesTheRoundsThatLieApart() {
        measured(Variant.LEDGER, 1_000, 100);

        // Of 200 entries the fast half is below 100 ms.
        Spread median = visibility.millis(PacedSetting.of(Variant.LEDGER, SECOND), 50);
        assertThat(median.median()).isCloseTo(90, within(2.0));
        assertThat(median.least()).isCloseTo(50, within(1.0));
        assertThat(median.greatest()).isCloseTo(500, within(1.0));
    }

    @Test
    void comparesThe99thPercentileWithTheIntervalAndWithAnother() {
        measured(Variant.LEDGER, 1_200, 1_200);
        measured(Variant.PASS_THROUGH, 1_000, 800);

        Spread intervals = visibility.p99InIntervals(Variant.LEDGER, SECOND).orElseThrow();
        assertThat(intervals.median() * 1_000).isCloseTo(1_188, DIGITS);
        Spread ratio = visibility
                .p99Ratio(Variant.LEDGER, Variant.PASS_THROUGH, SECOND)
                .orElseThrow();
        assertThat(ratio.least()).isCloseTo(1.2, within(0.01));
        assertThat(ratio.greatest()).isCloseTo(1.5, within(0.01));
    }

    @Test
    void hasNoRatioOfWhatWasNotMeasured() {
        measured(Variant.LEDGER, 1_000);

        assertThat(visibility.p99InIntervals(Variant.LEDGER, Duration.ofSeconds(10)))
                .isEmpty();
        assertThat(visibility.p99Ratio(Variant.LEDGER, Variant.PASS_THROUGH, SECOND))
                .isEmpty();
    }
}
