package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Sends to the side what somebody else has written into the topics of the window job. */
final class SplitOutUnreadableParts extends ProcessFunction<WindowPart, WindowPart> {

    static final OutputTag<KafkaRecord> DEAD_LETTERS = new OutputTag<>("dead-letters") {};

    private transient Counter deadLetters;

    @Override
    public void open(OpenContext context) {
        // Records that could not be read and went to the dead letter topic. Worry: it grows.
        deadLetters = getRuntimeContext().getMetricGroup().counter("deadLetters");
    }

    @Override
    public void processElement(WindowPart part, Context context, Collector<WindowPart> out) {
        if (part.isReadable()) {
            out.collect(part);
        } else {
            deadLetters.inc();
            context.output(
                    DEAD_LETTERS,
                    DeadLetters.of(
                            part.record(), part.fault().reason(), part.fault().message()));
        }
    }
}
