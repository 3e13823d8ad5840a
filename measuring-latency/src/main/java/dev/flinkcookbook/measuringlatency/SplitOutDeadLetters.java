package dev.flinkcookbook.measuringlatency;

import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Reads events, and chooses those that are measured; a record that holds none goes to a topic of its own. */
final class SplitOutDeadLetters extends ProcessFunction<Arrival, Event> {

    static final OutputTag<KafkaRecord> DEAD_LETTERS = new OutputTag<>("dead-letters") {};

    private final int measureOneIn;

    private transient Counter deadLetters;
    private transient long events;

    /** @param measureOneIn 1 for every event, 0 for none */
    SplitOutDeadLetters(int measureOneIn) {
        this.measureOneIn = measureOneIn;
    }

    @Override
    public void open(OpenContext context) {
        // Records that hold no event; they went to the dead letter topic. Worry: it grows.
        deadLetters = getRuntimeContext().getMetricGroup().counter("deadLetters");
    }

    @Override
    public void processElement(Arrival arrival, Context context, Collector<Event> out) {
        Event event;
        try {
            event = EventJson.read(arrival, measureOneIn > 0 && events % measureOneIn == 0);
        } catch (UnreadableEventException e) {
            deadLetters.inc();
            context.output(DEAD_LETTERS, DeadLetters.of(arrival.record(), e.reason(), e.getMessage()));
            return;
        }
        events++;
        out.collect(event);
    }
}
