package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Sends what could not be read to the side, so that everything behind it can be judged. */
final class SplitOutDeadLetters extends ProcessFunction<Occurrence, Occurrence> {

    static final OutputTag<KafkaRecord> DEAD_LETTERS = new OutputTag<>("dead-letters") {};

    private transient Counter deadLetters;

    @Override
    public void open(OpenContext context) {
        // Records that could not be read and went to the dead letter topic. Worry: it grows.
        deadLetters = getRuntimeContext().getMetricGroup().counter("deadLetters");
    }

    @Override
    public void processElement(Occurrence occurrence, Context context, Collector<Occurrence> out) {
        if (occurrence.isReadable()) {
            out.collect(occurrence);
        } else {
            deadLetters.inc();
            context.output(
                    DEAD_LETTERS,
                    DeadLetters.of(
                            occurrence.record(),
                            occurrence.fault().reason(),
                            occurrence.fault().message()));
        }
    }
}
