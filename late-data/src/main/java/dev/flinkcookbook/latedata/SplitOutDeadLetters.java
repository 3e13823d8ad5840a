package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Sends what is no reading to the side, and counts what comes in: one side of the balance. */
final class SplitOutDeadLetters extends ProcessFunction<Arrival, Arrival> implements CheckpointedFunction {

    static final OutputTag<KafkaRecord> DEAD_LETTERS = new OutputTag<>("dead-letters") {};

    private transient Tally taken;
    private transient Tally deadLetters;

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        // Records that were read, whatever came of them; survives restarts. Worry: it stands still while the input does
        // not.
        taken = new Tally(
                "recordsTaken",
                context.getOperatorStateStore(),
                getRuntimeContext().getMetricGroup());
        // Records that could not be read and went to the dead letter topic. Worry: it grows.
        deadLetters = new Tally(
                "deadLetters",
                context.getOperatorStateStore(),
                getRuntimeContext().getMetricGroup());
    }

    @Override
    public void processElement(Arrival arrival, Context context, Collector<Arrival> out) {
        taken.add(1);
        if (arrival.isReadable()) {
            out.collect(arrival);
        } else {
            deadLetters.add(1);
            context.output(
                    DEAD_LETTERS,
                    DeadLetters.of(
                            arrival.record(),
                            arrival.fault().reason(),
                            arrival.fault().message()));
        }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        taken.snapshot();
        deadLetters.snapshot();
    }
}
