package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HoldUntilWindowEndsTest {

    private KeyedOneInputStreamOperatorTestHarness<String, Event, Event> harness;

    @AfterEach
    void close() throws Exception {
        harness.close();
    }

    private void open(Duration window) throws Exception {
        harness = new KeyedOneInputStreamOperatorTestHarness<>(
                new KeyedProcessOperator<>(new HoldUntilWindowEnds(window)), Event::id, Types.STRING);
        harness.open();
    }

    private static Event event(String payload, long operatorIn, long windowOver, long released) {
        return new Event("a", payload, new Stamps(1_000, 1_003, 1_023, operatorIn, windowOver, released, 0));
    }

    /** @param timestamp Kafka's, which is its event time */
    private void comes(String payload, long now, long timestamp) throws Exception {
        harness.setProcessingTime(now);
        harness.processElement(event(payload, 0, 0, 0), timestamp);
    }

    private void watermark(long now, long watermark) throws Exception {
        harness.setProcessingTime(now);
        harness.processWatermark(watermark);
    }

    @Test
    void withoutAWindowAnEventGoesWhenItComes() throws Exception {
        open(Duration.ZERO);
        comes("p", 1_100, 1_003);

        assertThat(harness.extractOutputValues()).containsExactly(event("p", 1_100, 1_100, 1_100));
        assertThat(harness.numKeyedStateEntries()).isZero();
    }

    @Test
    void waitsForTheEndOfTheWindowAndThenForTheWatermark() throws Exception {
        open(Duration.ofSeconds(1));
        comes("p", 1_100, 1_003);
        watermark(1_990, 1_998);
        assertThat(harness.extractOutputValues()).isEmpty();
        watermark(2_130, 1_999);

        assertThat(harness.extractOutputValues()).containsExactly(event("p", 1_100, 2_000, 2_130));
        assertThat(harness.numKeyedStateEntries()).isZero();
        assertThat(harness.numEventTimeTimers()).isZero();
    }

    @Test
    void eventsOfTwoWindowsWithOneKeyGoEachAtItsOwnEnd() throws Exception {
        open(Duration.ofSeconds(1));
        comes("first", 1_100, 1_003);
        comes("second", 2_050, 2_001);
        watermark(2_130, 1_999);
        assertThat(harness.extractOutputValues()).containsExactly(event("first", 1_100, 2_000, 2_130));
        watermark(3_140, 2_999);

        assertThat(harness.extractOutputValues())
                .containsExactly(event("first", 1_100, 2_000, 2_130), event("second", 2_050, 3_000, 3_140));
        assertThat(harness.numKeyedStateEntries()).isZero();
    }

    @Test
    void anEventThatComesAfterTheClockHasPassedItsWindowWaitsForTheWatermarkAlone() throws Exception {
        open(Duration.ofSeconds(1));
        comes("p", 5_000, 1_003);
        watermark(5_040, 1_999);

        assertThat(harness.extractOutputValues()).containsExactly(event("p", 5_000, 5_000, 5_040));
    }

    @Test
    void whereTheWatermarkIsBeforeTheClockTheWindowIsOverThen() throws Exception {
        open(Duration.ofSeconds(1));
        comes("p", 1_100, 1_003);
        watermark(1_500, Long.MAX_VALUE); // The end of the input.

        assertThat(harness.extractOutputValues()).containsExactly(event("p", 1_100, 1_500, 1_500));
    }

    @Test
    void anEventThatComesAfterTheWatermarkWaitsForNothing() throws Exception {
        open(Duration.ofSeconds(1));
        watermark(5_000, 1_999);
        comes("p", 5_010, 1_003);

        assertThat(harness.extractOutputValues()).containsExactly(event("p", 5_010, 5_010, 5_010));
        assertThat(harness.numKeyedStateEntries()).isZero();
    }
}
