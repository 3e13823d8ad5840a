package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StageLatenciesTest {

    private static final Stamps EVENT = new Stamps(1_000, 1_003, 1_023, 1_024, 1_074, 1_104, 1_124);
    private static final long SEEN = 1_324;

    private static Map<Stage, Long> longest(StageLatencies latencies) {
        Map<Stage, Long> longest = new EnumMap<>(Stage.class);
        for (Stage stage : Stage.values()) {
            longest.put(stage, latencies.of(stage).percentile(100));
        }
        return longest;
    }

    @Test
    void eachStageHasItsOwnTime() {
        StageLatencies latencies = new StageLatencies();
        latencies.record(EVENT, SEEN);

        assertThat(longest(latencies))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        Stage.BEFORE_KAFKA, 3L,
                        Stage.IN_KAFKA, 20L,
                        Stage.TO_OPERATOR, 1L,
                        Stage.WINDOW_WAIT, 50L,
                        Stage.WATERMARK_LAG, 30L,
                        Stage.PROCESSING, 20L,
                        Stage.UNTIL_VISIBLE, 200L,
                        Stage.END_TO_END, 324L));
    }

    @Test
    void theStagesOfAnEventAddUpToItsWholeWayEvenWithABrokerWhoseClockIsAhead() {
        Stamps brokerAhead = new Stamps(1_000, 6_003, 1_023, 1_024, 1_074, 1_104, 1_124);

        assertThat(Arrays.stream(Stage.values())
                        .filter(stage -> stage != Stage.END_TO_END)
                        .mapToLong(stage -> brokerAhead.millis(stage, SEEN))
                        .sum())
                .isEqualTo(brokerAhead.millis(Stage.END_TO_END, SEEN))
                .isEqualTo(324);
    }

    @Test
    void aBrokerWhoseClockIsAheadShowsInTheOneStageThatEndsOnAnotherClock() {
        StageLatencies latencies = new StageLatencies();
        latencies.record(new Stamps(1_000, 6_003, 1_023, 1_024, 1_074, 1_104, 1_124), SEEN);

        assertThat(latencies.of(Stage.IN_KAFKA).negatives()).isEqualTo(1);
        assertThat(latencies.of(Stage.IN_KAFKA).skewAtLeast()).isEqualTo(4_980);
        assertThat(latencies.of(Stage.BEFORE_KAFKA).percentile(100)).isBetween(5_003L, 5_007L); // three digits
        assertThat(latencies.of(Stage.END_TO_END).percentile(100)).isEqualTo(324);
    }

    @Test
    void aMergeIsMadeStageByStage() {
        StageLatencies all = new StageLatencies();
        all.record(new Stamps(0, 0, 0, 0, 0, 0, 0), 0);
        StageLatencies other = new StageLatencies();
        other.record(EVENT, SEEN);
        all.add(other);

        assertThat(longest(all)).isEqualTo(longest(other));
        assertThat(all.of(Stage.END_TO_END).count()).isEqualTo(2);
    }
}
