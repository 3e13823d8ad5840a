package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {

    private static LatencyHistogram of(LongStream millis) {
        LatencyHistogram histogram = new LatencyHistogram();
        millis.forEach(histogram::record);
        return histogram;
    }

    @Test
    void aMergeHasThePercentilesOfAllEvents() {
        LatencyHistogram fast = of(LongStream.generate(() -> 1).limit(990));
        LatencyHistogram slow = of(LongStream.generate(() -> 1_000).limit(10));

        LatencyHistogram all = new LatencyHistogram();
        all.add(fast);
        all.add(slow);

        assertThat(all.count()).isEqualTo(1_000);
        assertThat(all.percentile(99)).isEqualTo(1);
        assertThat(all.percentile(99.9)).isEqualTo(1_000);
    }

    @Test
    void control_theAverageOfTwoPercentilesIsFarFromThePercentileOfAll() {
        LatencyHistogram fast = of(LongStream.generate(() -> 1).limit(990));
        LatencyHistogram slow = of(LongStream.generate(() -> 1_000).limit(10));

        assertThat((fast.percentile(99) + slow.percentile(99)) / 2).isEqualTo(500);
    }

    @Test
    void aNegativeLatencyIsCountedApartAndSaysHowFarTheClocksAreApart() {
        LatencyHistogram histogram = of(LongStream.of(-40, 5, -250, 7, 0));

        assertThat(histogram.count()).isEqualTo(5);
        assertThat(histogram.negatives()).isEqualTo(2);
        assertThat(histogram.skewAtLeast()).isEqualTo(250);
        assertThat(histogram.percentile(0)).isZero();
        assertThat(histogram.percentile(50)).isEqualTo(5);
        assertThat(histogram.percentile(100)).isEqualTo(7);
    }

    @Test
    void aMergeKeepsTheNegativeOnes() {
        LatencyHistogram all = of(LongStream.of(-40, 5));
        all.add(of(LongStream.of(-250, -1, 7)));

        assertThat(all.count()).isEqualTo(5);
        assertThat(all.negatives()).isEqualTo(3);
        assertThat(all.skewAtLeast()).isEqualTo(250);
    }

    @Test
    void bytesKeepEverythingAndWhatComesOfThemGrowsOn() throws Exception {
        LatencyHistogram read =
                LatencyHistogram.from(of(LongStream.of(-40, 5, 7)).toBytes());
        read.record(86_400_000);

        assertThat(read.count()).isEqualTo(4);
        assertThat(read.negatives()).isEqualTo(1);
        assertThat(read.skewAtLeast()).isEqualTo(40);
        assertThat(read.percentile(50)).isEqualTo(7);
        assertThat(read.percentile(100)).isBetween(86_400_000L, 86_486_400L); // three digits
    }
}
