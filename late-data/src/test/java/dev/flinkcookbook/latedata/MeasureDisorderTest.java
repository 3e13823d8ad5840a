package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.reading;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.latedata.OperatorUnderTest.Setting;
import dev.flinkcookbook.latedata.Readings.Reading;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.junit.jupiter.api.Test;

class MeasureDisorderTest {

    @Test
    void measuresHowFarEachReadingIsBehindTheNewestOfItsPartition() {
        List<Arrival> arrivals = Stream.of(
                        reading("s-1").at("10:00:10").on(0, 0),
                        reading("s-1").at("10:00:07").on(0, 1),
                        reading("s-1").at("09:00:00").on(1, 0),
                        reading("s-2").at("10:00:12").on(0, 2),
                        reading("s-1").at("09:00:00").on(1, 1),
                        reading("s-1").at("10:00:11.5").on(0, 3))
                .map(Reading::arrival)
                .toList();
        try (OperatorUnderTest<Arrival, Arrival> operator = Setting.of(
                        new ProcessOperator<>(new MeasureDisorder()), Arrival::sensor, Arrival::at)
                .start()) {
            operator.arrives(arrivals.stream());

            assertThat(operator.output()).isEqualTo(arrivals);
            assertThat(operator.histogram("disorderMs").getStatistics().getValues())
                    .containsExactly(0, 3_000, 0, 0, 0, 500);
        }
    }
}
