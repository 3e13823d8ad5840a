package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LatencyOverTimeTest {

    private final LatencyOverTime overTime = new LatencyOverTime(Duration.ofSeconds(5));

    private static Stamps sentAt(long sentAt, long kafkaTimestamp) {
        return new Stamps(sentAt, kafkaTimestamp, sentAt + 2, sentAt + 3, sentAt + 3, sentAt + 3, sentAt + 3);
    }

    @Test
    void anEventStandsWhereItWasDueHoweverLateItWasSeen() {
        overTime.record(sentAt(10_000, 10_001), 10_010);
        overTime.record(sentAt(10_100, 10_101), 13_100); // Seen after the next.
        overTime.record(sentAt(11_600, 11_601), 11_620);

        LatencyOverTime.Columns columns = overTime.columns();
        assertThat(overTime.start()).isEqualTo(10_000);
        assertThat(columns.second()).containsExactly(0.25, 1.75);
        assertThat(columns.p50()).containsExactly(10L, 20L);
        assertThat(columns.max()).containsExactly(3_001L, 20L); // True: 3000; three digits are kept.
        assertThat(columns.means()).containsEntry("end-to-end", List.of(1_505.0, 20.0));
    }

    @Test
    void theMeansOfTheStagesAddUpEvenWhereClocksDiffer() {
        overTime.record(sentAt(10_000, 15_000), 10_010);
        overTime.record(sentAt(10_000, 10_001), 10_030);

        double sum = 0;
        for (Stage stage : Stage.values()) {
            sum += stage == Stage.END_TO_END ? 0 : overTime.mean(stage);
        }
        assertThat(sum).isEqualTo(overTime.mean(Stage.END_TO_END)).isEqualTo(20);
        assertThat(overTime.mean(Stage.IN_KAFKA)).isNegative();
    }
}
