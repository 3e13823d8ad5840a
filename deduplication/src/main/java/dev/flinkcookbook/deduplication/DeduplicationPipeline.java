package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.common.KafkaRecord;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** The topology: occurrences in; events, duplicates and dead letters out. */
final class DeduplicationPipeline {

    /**
     * @param events each event once
     * @param duplicates what was dropped
     * @param deadLetters what could not be judged
     */
    record Outputs(
            DataStream<KafkaRecord> events, DataStream<KafkaRecord> duplicates, DataStream<KafkaRecord> deadLetters) {}

    private DeduplicationPipeline() {}

    static Outputs build(DataStream<Occurrence> occurrences, DeduplicationParameters parameters) {
        SingleOutputStreamOperator<Occurrence> readable = occurrences
                .process(new SplitOutDeadLetters())
                .name("split out dead letters")
                .uid("split-out-dead-letters");

        SingleOutputStreamOperator<KafkaRecord> events = switch (parameters.strategy()) {
            case KEEP_FIRST ->
                parameters.time() == DeduplicationParameters.Time.EVENT
                        ? readable.transform("end event time", TypeInformation.of(Occurrence.class), new EndEventTime())
                                .uid("end-event-time")
                                .keyBy(Occurrence::id)
                                .process(new KeepFirstInEventTime(parameters.retention()))
                                .name("keep first in event time")
                                .uid("keep-first-in-event-time")
                        : readable.keyBy(Occurrence::id)
                                .process(new KeepFirst(parameters.retention()))
                                .name("keep first")
                                .uid("keep-first");
            case KEEP_LATEST ->
                readable.keyBy(Occurrence::id)
                        .process(new KeepLatest(parameters.retention(), parameters.fields()))
                        .name("keep latest")
                        .uid("keep-latest");
            case APPROXIMATE -> {
                BloomSizing sizing = parameters.bloomSizing();
                yield readable.keyBy(occurrence -> sizing.bucketOf(occurrence.id()))
                        .process(new KeepFirstApproximately(parameters.retention(), sizing))
                        .name("keep first approximately")
                        .uid("keep-first-approximately");
            }
        };

        return new Outputs(
                events,
                events.getSideOutput(KeepFirst.DUPLICATES),
                readable.getSideOutput(SplitOutDeadLetters.DEAD_LETTERS)
                        .union(events.getSideOutput(SplitOutDeadLetters.DEAD_LETTERS)));
    }

    /** Bounded out-of-orderness for each partition, if occurrences are judged in event time. */
    static WatermarkStrategy<Occurrence> watermarks(DeduplicationParameters parameters) {
        if (parameters.time() == DeduplicationParameters.Time.PROCESSING) {
            return WatermarkStrategy.noWatermarks();
        }
        WatermarkStrategy<Occurrence> bounded = WatermarkStrategy.<Occurrence>forBoundedOutOfOrderness(
                        parameters.outOfOrderness())
                .withIdleness(parameters.idleAfter());
        return WatermarkStrategy.<Occurrence>forGenerator(
                        context -> new OfReadableOccurrences(bounded.createWatermarkGenerator(context)))
                .withTimestampAssigner((occurrence, kafkaTimestamp) -> occurrence.eventTime());
    }

    /** A partition of nothing but dead letters counts as idle: it must not hold up the others. */
    private record OfReadableOccurrences(WatermarkGenerator<Occurrence> generator)
            implements WatermarkGenerator<Occurrence> {
        @Override
        public void onEvent(Occurrence occurrence, long eventTime, WatermarkOutput output) {
            if (occurrence.isReadable()) {
                generator.onEvent(occurrence, eventTime, output);
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {
            generator.onPeriodicEmit(output);
        }
    }
}
