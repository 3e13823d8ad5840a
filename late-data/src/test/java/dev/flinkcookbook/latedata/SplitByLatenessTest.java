package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.header;
import static dev.flinkcookbook.latedata.Readings.millis;
import static dev.flinkcookbook.latedata.Readings.reading;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.latedata.OperatorUnderTest.Setting;
import dev.flinkcookbook.latedata.Readings.Reading;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SplitByLatenessTest {

    private OperatorUnderTest<Arrival, Arrival> operator = setting().start();

    private static Setting<Arrival, Arrival> setting() {
        return Setting.of(new ProcessOperator<>(new SplitByLateness()), Arrival::sensor, Arrival::at);
    }

    @AfterEach
    void close() {
        operator.close();
    }

    private void arrives(Reading... readings) {
        operator.arrives(Stream.of(readings).map(Reading::arrival));
    }

    private List<Long> offsetsOnTime() {
        return operator.output().stream()
                .map(arrival -> arrival.record().offset())
                .toList();
    }

    private List<String> late() {
        return operator.side(SplitByLateness.LATE).stream().map(Readings::place).toList();
    }

    @Test
    void lateIsWhatTheWatermarkHasReachedToTheMillisecond() {
        operator.watermark("10:00:00");

        arrives(
                reading("s-1").at("09:59:59.999").on(0, 1),
                reading("s-1").at("10:00:00").on(0, 2),
                reading("s-1").at("10:00:00.001").on(0, 3));

        assertThat(offsetsOnTime()).containsExactly(3L);
        assertThat(late()).containsExactly("readings-0@1", "readings-0@2");
        assertThat(operator.gauge("readingsOnTime")).isEqualTo(1);
        assertThat(operator.gauge("readingsLate")).isEqualTo(2);
    }

    @Test
    void lateIsSentAsideAsItCameWithTheWatermarkAndWithoutAWindow() {
        operator.watermark("10:00:00");
        Reading late =
                reading("s-1").at("09:59:00").keyed("k").header("trace", "1").on(4, 2);

        arrives(late);

        assertThat(operator.side(SplitByLateness.LATE)).singleElement().satisfies(record -> {
            assertThat(record.key()).isEqualTo(late.key());
            assertThat(record.value()).isEqualTo(late.value());
            assertThat(record.headers().toArray())
                    .extracting(header -> header.key() + "=" + header(record, header.key()))
                    .containsExactly(
                            "trace=1",
                            "late.topic=readings",
                            "late.partition=4",
                            "late.offset=2",
                            "late.timestamp=" + millis("09:59:00"),
                            "late.watermark=2026-01-01T10:00:00Z",
                            "late.by=PT1M");
        });
    }

    @Test
    void beforeTheFirstWatermarkNothingIsLate() {
        arrives(reading("s-1").at("09:00:00").on(0, 1));
        assertThat(offsetsOnTime()).containsExactly(1L);
    }

    /** What is behind it may hold state that the watermark has ended: after a restore too, nothing late may reach it. */
    @Test
    void afterARestoreLateIsWhatWasLateBefore() {
        arrives(reading("s-1").at("10:00:00").on(0, 1));
        operator.watermark("10:00:00"); // after the last reading
        restore(operator.snapshot());

        arrives(
                reading("s-1").at("09:59:00").on(0, 2),
                reading("s-1").at("10:00:01").on(0, 3));

        assertThat(offsetsOnTime()).containsExactly(3L);
        assertThat(late()).containsExactly("readings-0@2");
        assertThat(operator.gauge("readingsOnTime")).as("goes on").isEqualTo(2);
    }

    @Test
    void controlWithoutTheHighestWatermarkItPasses() {
        arrives(reading("s-1").at("10:00:00").on(0, 1));
        operator.watermark("10:00:00");
        restore(operator.snapshot().toBuilder()
                .setManagedOperatorState(StateObjectCollection.empty())
                .build());

        arrives(reading("s-1").at("09:59:00").on(0, 2));

        assertThat(offsetsOnTime()).containsExactly(2L);
    }

    private void restore(OperatorSubtaskState snapshot) {
        operator.close();
        operator = setting().restore(snapshot);
    }
}
