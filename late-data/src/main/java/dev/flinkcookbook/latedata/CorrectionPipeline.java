package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.KafkaRecord;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** The topology: published results and late readings in; corrected results and dead letters out. */
final class CorrectionPipeline {

    /**
     * @param corrections of each sensor and window that has late readings
     * @param deadLetters what cannot be read, and what comes after its window is forgotten
     */
    record Outputs(DataStream<Correction> corrections, DataStream<KafkaRecord> deadLetters) {}

    private CorrectionPipeline() {}

    static Outputs build(DataStream<WindowPart> parts, Duration within) {
        SingleOutputStreamOperator<WindowPart> readable = parts.process(new SplitOutUnreadableParts())
                .name("split out unreadable parts")
                .uid("split-out-unreadable-parts");
        TypeInformation<WindowPart> type = TypeInformation.of(WindowPart.class);
        SingleOutputStreamOperator<Correction> corrections = readable.transform(
                        "end event time", type, new EndEventTime<>())
                .uid("end-event-time")
                .keyBy(WindowPart::key)
                .process(new CorrectResults(within))
                .name("correct results")
                .uid("correct-results");
        return new Outputs(
                corrections,
                readable.getSideOutput(SplitOutUnreadableParts.DEAD_LETTERS)
                        .union(corrections.getSideOutput(SplitOutUnreadableParts.DEAD_LETTERS)));
    }

    /** The time of the window job, as its results and late readings tell it. Mostly no reading is late, so idle soon. */
    static WatermarkStrategy<WindowPart> watermarks(CorrectionParameters parameters) {
        WatermarkStrategy<WindowPart> ascending =
                WatermarkStrategy.<WindowPart>forMonotonousTimestamps().withIdleness(parameters.idleAfter());
        return WatermarkStrategy.<WindowPart>forGenerator(
                        context -> new OfReadableParts(ascending.createWatermarkGenerator(context)))
                .withTimestampAssigner((part, kafkaTimestamp) -> part.time());
    }

    private record OfReadableParts(WatermarkGenerator<WindowPart> generator) implements WatermarkGenerator<WindowPart> {
        @Override
        public void onEvent(WindowPart part, long eventTime, WatermarkOutput output) {
            if (part.isReadable()) {
                generator.onEvent(part, eventTime, output);
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {
            generator.onPeriodicEmit(output);
        }
    }
}
