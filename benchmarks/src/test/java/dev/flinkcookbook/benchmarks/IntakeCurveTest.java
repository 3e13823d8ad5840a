package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.flinkcookbook.benchmarks.IntakeCurve.Sample;
import java.util.List;
import org.junit.jupiter.api.Test;

class IntakeCurveTest {
    private static final IntakeCurve CURVE = new IntakeCurve(List.of(
            new Sample(0, 0), new Sample(10, 0), new Sample(11, 200), new Sample(12, 300), new Sample(20, 300)));

    @Test
    void leavesOutTheStartAndTheTimeAfterTheLastRecord() {
        // A third, 100 records, at 10.5 s; the last one at 12 s.
        assertThat(CURVE.steadyRate(300)).isCloseTo(200 / 1.5, within(1e-9));
    }

    @Test
    void drawsAStraightLineBetweenTwoSamples() {
        assertThat(CURVE.rate(200, 250)).isCloseTo(100, within(1e-9));
    }

    @Test
    void knowsNoRateOfRecordsThatNeverCame() {
        assertThatThrownBy(() -> CURVE.steadyRate(400)).hasMessageContaining("300 records, expected 400");
    }
}
