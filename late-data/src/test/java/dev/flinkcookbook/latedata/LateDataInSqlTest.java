package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.reading;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.latedata.Readings.Reading;
import dev.flinkcookbook.testbed.FlinkExtension;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LateDataInSqlTest {

    @RegisterExtension
    static final FlinkExtension flink =
            new FlinkExtension(CollectedMetrics.options()).set(PipelineOptions.AUTO_GENERATE_UIDS, true);

    private record WithEachReading() implements WatermarkGenerator<Arrival> {
        @Override
        public void onEvent(Arrival arrival, long eventTime, WatermarkOutput output) {
            output.emitWatermark(new Watermark(arrival.at()));
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {}
    }

    private static final Reading[] READINGS = {
        reading("s-1").at("10:00:10").celsius("21.4").on(0, 0),
        reading("s-1").at("10:00:59.998").celsius("1").on(0, 1),
        // Late to the watermark and not to the window.
        reading("s-1").at("10:00:00").celsius("2").on(0, 2),
        // Moves the watermark to the last moment of the window.
        reading("s-2").at("10:00:59.999").celsius("3").on(0, 3),
        reading("s-1").at("10:00:59.999").celsius("4").on(0, 4),
        reading("s-1").at("10:01:00").celsius("5").on(0, 5)
    };

    private static DataStream<Arrival> readings() {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.setParallelism(1); // So that arrivals come in the order in which the test names them.
        return environment
                .fromData(
                        TypeInformation.of(Arrival.class),
                        Stream.of(READINGS).map(Reading::arrival).toArray(Arrival[]::new))
                .uid("read")
                .assignTimestampsAndWatermarks(WatermarkStrategy.<Arrival>forGenerator(context -> new WithEachReading())
                        .withTimestampAssigner((arrival, unused) -> arrival.at()))
                .uid("watermarks");
    }

    private static List<String> sums(Collected<Row> rows) {
        return rows.elements().stream()
                .map(row -> row.getField("sensor") + " count " + row.getField("readings") + " sum "
                        + ((BigDecimal) row.getField("total"))
                                .stripTrailingZeros()
                                .toPlainString())
                .toList();
    }

    @Test
    void sendsElsewhereWhatTheWindowWouldDrop() throws Exception {
        DataStream<Arrival> readings = readings();
        StreamTableEnvironment tables = StreamTableEnvironment.create(readings.getExecutionEnvironment());
        LateDataInSql.Outputs outputs = LateDataInSql.build(tables, readings);
        Collected<Row> sums = new Collected<>();
        Collected<Row> late = new Collected<>();
        outputs.sums().sinkTo(sums).uid("sums");
        outputs.late().sinkTo(late).uid("late");
        JobID job = readings.getExecutionEnvironment().execute("sql").getJobID();

        assertThat(sums(sums))
                .containsExactlyInAnyOrder("s-1 count 3 sum 24.4", "s-2 count 1 sum 3", "s-1 count 1 sum 5");
        assertThat(late.elements()).singleElement().satisfies(row -> {
            assertThat(row.getField("kafka_offset")).isEqualTo(4L);
            assertThat(row.getField("judged_by")).isEqualTo(Readings.time("10:00:59.999"));
            assertThat((byte[]) row.getField("original")).isEqualTo(READINGS[4].value());
        });
        assertThat(CollectedMetrics.sum(job, "numLateRecordsDropped")).isZero();
    }

    @Test
    void controlAsSqlComesTheWindowDropsIt() throws Exception {
        DataStream<Arrival> readings = readings();
        StreamTableEnvironment tables = StreamTableEnvironment.create(readings.getExecutionEnvironment());
        Collected<Row> sums = new Collected<>();
        LateDataInSql.sumsOfAll(tables, readings).sinkTo(sums).uid("sums");
        JobID job = readings.getExecutionEnvironment().execute("sql").getJobID();

        assertThat(sums(sums))
                .containsExactlyInAnyOrder("s-1 count 3 sum 24.4", "s-2 count 1 sum 3", "s-1 count 1 sum 5");
        assertThat(CollectedMetrics.sum(job, "numLateRecordsDropped")).isEqualTo(1);
    }
}
