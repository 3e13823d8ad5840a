package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.KafkaRecord;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** The topology: arrivals in; results, late readings and dead letters out. */
final class LateDataPipeline {

    /** How often partitions that run ahead are looked at. */
    private static final Duration ALIGNMENT_INTERVAL = Duration.ofMillis(200);

    /**
     * @param results of each sensor and window, refined ones too
     * @param late what came after its window was closed, whole
     * @param deadLetters what is no reading
     */
    record Outputs(
            DataStream<WindowResult> results, DataStream<KafkaRecord> late, DataStream<KafkaRecord> deadLetters) {}

    private LateDataPipeline() {}

    static Outputs build(DataStream<Arrival> arrivals, LatenessPolicy windows) {
        SingleOutputStreamOperator<Arrival> readable = arrivals.process(new SplitOutDeadLetters())
                .name("split out dead letters")
                .uid("split-out-dead-letters");
        TypeInformation<Arrival> type = TypeInformation.of(Arrival.class);
        SingleOutputStreamOperator<WindowResult> results = readable.process(new MeasureDisorder())
                .name("measure disorder")
                .uid("measure-disorder")
                .transform("end event time", type, new EndEventTime<>())
                .uid("end-event-time")
                .keyBy(Arrival::sensor)
                .transform("sum up windows", TypeInformation.of(WindowResult.class), new SumUpWindows(windows))
                .uid("sum-up-windows");
        return new Outputs(
                results,
                results.getSideOutput(SumUpWindows.LATE),
                readable.getSideOutput(SplitOutDeadLetters.DEAD_LETTERS));
    }

    /**
     * Bounded out-of-orderness for each partition. Partitions without input are not waited for, and none is read further ahead of
     * the slowest than the bound: what is ahead waits in open windows, that is, in state.
     */
    static WatermarkStrategy<Arrival> watermarks(LateDataParameters parameters) {
        WatermarkStrategy<Arrival> bounded = WatermarkStrategy.<Arrival>forBoundedOutOfOrderness(
                        parameters.outOfOrderness())
                .withIdleness(parameters.idleAfter());
        return WatermarkStrategy.<Arrival>forGenerator(
                        context -> new OfReadableArrivals(bounded.createWatermarkGenerator(context)))
                .withTimestampAssigner((arrival, kafkaTimestamp) -> arrival.at())
                .withWatermarkAlignment("readings", parameters.maxPartitionDrift(), ALIGNMENT_INTERVAL);
    }

    /** A partition of nothing but dead letters counts as idle: it must not hold up the others. */
    private record OfReadableArrivals(WatermarkGenerator<Arrival> generator) implements WatermarkGenerator<Arrival> {
        @Override
        public void onEvent(Arrival arrival, long eventTime, WatermarkOutput output) {
            if (arrival.isReadable()) {
                generator.onEvent(arrival, eventTime, output);
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {
            generator.onPeriodicEmit(output);
        }
    }
}
