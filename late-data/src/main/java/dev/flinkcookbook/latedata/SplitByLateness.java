package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.KafkaRecord;
import java.time.Duration;
import java.time.Instant;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * A variant without windows: what is late to the watermark goes to the side, whole, and everything else goes on. For jobs whose
 * operators expect no late data, such as event time joins or pattern matching. It does not ask how late the reading is to
 * whatever comes behind it: a window that is still open would have taken it.
 */
final class SplitByLateness extends ProcessFunction<Arrival, Arrival> implements CheckpointedFunction {

    static final OutputTag<KafkaRecord> LATE = new OutputTag<>("late-to-the-watermark") {};

    private transient HighestWatermark highestWatermark;
    private transient TimerService time;
    private transient Tally onTime;
    private transient Tally late;

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        highestWatermark = new HighestWatermark(context.getOperatorStateStore(), Duration.ZERO);
        // Readings that were not behind the watermark; survives restarts. Worry: its share of all readings falls.
        onTime = new Tally(
                "readingsOnTime",
                context.getOperatorStateStore(),
                getRuntimeContext().getMetricGroup());
        // Readings that were behind the watermark and went to the side; survives restarts. Worry: its share grows.
        late = new Tally(
                "readingsLate",
                context.getOperatorStateStore(),
                getRuntimeContext().getMetricGroup());
    }

    @Override
    public void processElement(Arrival arrival, Context context, Collector<Arrival> out) {
        time = context.timerService();
        highestWatermark.advanceTo(time.currentWatermark());
        if (arrival.at() > highestWatermark.millis()) {
            onTime.add(1);
            out.collect(arrival);
        } else {
            late.add(1);
            Instant watermark = Instant.ofEpochMilli(highestWatermark.millis());
            context.output(LATE, LateRecords.of(arrival, watermark));
        }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        if (time != null) { // It may have gone on since the last reading, and what is behind has seen that.
            highestWatermark.advanceTo(time.currentWatermark());
        }
        highestWatermark.snapshot();
        onTime.snapshot();
        late.snapshot();
    }
}
