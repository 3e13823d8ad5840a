package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PacedLoadTest {
    private static final PacedLoad LOAD = new PacedLoad(50_000, 2_000, Duration.ofSeconds(3), Duration.ofSeconds(10));

    @Test
    void hasTransfersForTheWholeTimeAndMeasuresThoseAfterTheWarmUp() {
        assertThat(LOAD.transfers()).isEqualTo(26_000);
        assertThat(LOAD.isMeasured(5_999)).isFalse();
        assertThat(LOAD.isMeasured(6_000)).isTrue();
    }

    @Test
    void isDueInWholeMillisecondsThatDoNotDrift() {
        assertThat(LOAD.dueMillis(0)).isEqualTo(50_000);
        assertThat(LOAD.dueMillis(1)).isEqualTo(50_000);
        assertThat(LOAD.dueMillis(2)).isEqualTo(50_001);
        assertThat(LOAD.dueMillis(26_000)).isEqualTo(63_000);
    }
}
