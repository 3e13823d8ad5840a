package dev.flinkcookbook.measuringlatency;

import dev.flinkcookbook.common.KafkaRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** The topology: arrivals in; results, each with its stamps, and dead letters out. */
final class MeasuringLatencyPipeline {

    record Outputs(DataStream<KafkaRecord> results, DataStream<KafkaRecord> deadLetters) {}

    private MeasuringLatencyPipeline() {}

    /**
     * @param arrivals with event time and watermarks, if there is a window
     * @param window how long events are gathered, zero for not at all
     * @param processing what user code takes for each event
     * @param measureOneIn 1 for every event, 0 for none
     */
    static Outputs build(DataStream<Arrival> arrivals, Duration window, Duration processing, int measureOneIn) {
        SingleOutputStreamOperator<Event> events = arrivals.process(new SplitOutDeadLetters(measureOneIn))
                .name("split out dead letters")
                .uid("split-out-dead-letters");

        DataStream<KafkaRecord> results = events.keyBy(Event::id)
                .process(new HoldUntilWindowEnds(window))
                .name("hold until window ends")
                .uid("hold-until-window-ends")
                .map(new TakeProcessingTime(processing))
                .name("process")
                .uid("process")
                .map(MeasuringLatencyPipeline::result)
                .name("write stamps")
                .uid("write-stamps");

        return new Outputs(results, events.getSideOutput(SplitOutDeadLetters.DEAD_LETTERS));
    }

    /** Without a timestamp: Kafka's producer gives it one. */
    private static KafkaRecord result(Event event) {
        byte[] key = event.id().getBytes(StandardCharsets.UTF_8);
        return new KafkaRecord(
                "results", 0, 0, KafkaRecord.NO_TIMESTAMP, key, EventJson.write(event), new RecordHeaders());
    }
}
