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

    private static Event event(String id, long operatorIn, long operatorOut) {
        return new Event(id, "p", new Stamps(1_000, 1_003, 1_023, operatorIn, operatorOut));
    }

    @Test
    void withoutAWindowAnEventGoesWhenItComes() throws Exception {
        open(Duration.ZERO);
        harness.setProcessingTime(1_100);
        harness.processElement(event("a", 0, 0), 0);

        assertThat(harness.extractOutputValues()).containsExactly(event("a", 1_100, 1_100));
        assertThat(harness.numKeyedStateEntries()).isZero();
    }

    @Test
    void withAWindowAnEventGoesAtItsEndAndLeavesNoState() throws Exception {
        open(Duration.ofSeconds(1));
        harness.setProcessingTime(1_100);
        harness.processElement(event("a", 0, 0), 0);
        harness.setProcessingTime(1_999);
        harness.processElement(event("a", 0, 0), 0);
        assertThat(harness.extractOutputValues()).isEmpty();
        harness.setProcessingTime(2_000);

        assertThat(harness.extractOutputValues()).containsExactly(event("a", 1_100, 2_000), event("a", 1_999, 2_000));
        assertThat(harness.numKeyedStateEntries()).isZero();
        assertThat(harness.numProcessingTimeTimers()).isZero();
    }
}
