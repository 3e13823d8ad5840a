package dev.flinkcookbook.latedata;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class EndEventTimeTest {

    /** Flink drops a watermark where the output was said to be idle. */
    @Test
    void wakesAnIdleOutputBeforeItsLastWatermark() throws Exception {
        OneInputStreamOperatorTestHarness<String, String> harness =
                new OneInputStreamOperatorTestHarness<>(new EndEventTime<>());
        harness.open();

        harness.processWatermarkStatus(WatermarkStatus.IDLE);
        harness.endInput();

        assertThat(harness.getOutput().toArray())
                .containsExactly(WatermarkStatus.IDLE, WatermarkStatus.ACTIVE, Watermark.MAX_WATERMARK);
        harness.close();
    }
}
