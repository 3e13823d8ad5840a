package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.DeadLetters;
import java.time.Duration;
import java.time.Instant;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Merges the newest published result of a window with its late readings, each counted once, and publishes the corrected result;
 * keyed by sensor and window.
 *
 * <p>A correction waits until a result of a later window has been read. Then the results of this window have been read too, or
 * it has none: a window may have late readings only. Without the wait a reading that is read before its window's result would be
 * published alone, and replace that result for a moment.
 */
final class CorrectResults extends KeyedProcessFunction<String, WindowPart, Correction>
        implements CheckpointedFunction {

    private final Duration within;

    private transient ValueState<Reconciliation> reconciliation;

    /** The places of the late readings that are counted. A timer removes both states when the window is forgotten. */
    private transient MapState<String, Boolean> counted;

    private transient HighestWatermark highestWatermark;

    // The balance: arrived = waiting + corrected + repeated + too late.
    private transient Tally arrived;
    private transient Tally corrected;
    private transient Tally repeated;
    private transient Tally tooLate;

    private transient Counter corrections;
    private transient Counter oldResultsIgnored;

    /** @param within how long after the end of its window, in event time, a result can be corrected */
    CorrectResults(Duration within) {
        this.within = within;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        OperatorStateStore store = context.getOperatorStateStore();
        MetricGroup metrics = getRuntimeContext().getMetricGroup();
        highestWatermark = new HighestWatermark(store, within);
        // Late readings that reached the correction; survives restarts. Worry: its rate grows.
        arrived = new Tally("lateReadingsArrived", store, metrics);
        // Late readings that corrected a result; survives restarts. Worry: it stands still while late readings arrive.
        corrected = new Tally("lateReadingsCorrected", store, metrics);
        // Late readings that were counted before; survives restarts. Worry: it grows without a restart of the window
        // job.
        repeated = new Tally("lateReadingsRepeated", store, metrics);
        // Late readings that came too late for a correction; survives restarts. Worry: it grows.
        tooLate = new Tally("lateReadingsTooLate", store, metrics);
        // Late readings that wait for the result that they correct. Worry: it grows without end.
        metrics.gauge(
                "lateReadingsWaiting", () -> arrived.count() - corrected.count() - repeated.count() - tooLate.count());
    }

    @Override
    public void open(OpenContext context) {
        reconciliation = getRuntimeContext()
                .getState(new ValueStateDescriptor<>("reconciliation", TypeInformation.of(Reconciliation.class)));
        counted = getRuntimeContext().getMapState(new MapStateDescriptor<>("counted", Types.STRING, Types.BOOLEAN));
        // Corrections that were written. Worry: its rate grows.
        corrections = getRuntimeContext().getMetricGroup().counter("corrections");
        // Results that came when their window could no longer be corrected. Worry: it grows.
        oldResultsIgnored = getRuntimeContext().getMetricGroup().counter("oldResultsIgnored");
    }

    @Override
    public void processElement(WindowPart part, Context context, Collector<Correction> out) throws Exception {
        highestWatermark.advanceTo(context.timerService().currentWatermark());
        if (part.isLateReading()) {
            arrived.add(1);
        }
        if (highestWatermark.hasClosed(settledAt(part.to()))) {
            refuse(part, context);
            return;
        }
        if (part.isLateReading()) {
            if (counted.contains(part.place())) {
                repeated.add(1); // The window job was at least once, or went back to an older savepoint.
                return;
            }
            counted.put(part.place(), true);
        }
        Reconciliation before = reconciliation.value();
        if (before == null) {
            before = Reconciliation.of(part);
            context.timerService().registerEventTimeTimer(settledAt(part.to()));
        }
        Reconciliation after = before.with(part);
        if (highestWatermark.millis() >= settledAt(part.to())) {
            after = published(after, out);
        }
        reconciliation.update(after);
    }

    private void refuse(WindowPart part, Context context) {
        if (!part.isLateReading()) {
            oldResultsIgnored.inc();
            return;
        }
        tooLate.add(1);
        context.output(
                SplitOutUnreadableParts.DEAD_LETTERS,
                DeadLetters.of(
                        part.record(),
                        "too-late-to-correct",
                        "its window ended at %s, more than %s before the watermark %s"
                                .formatted(part.to(), within, Instant.ofEpochMilli(highestWatermark.millis()))));
    }

    private Reconciliation published(Reconciliation known, Collector<Correction> out) {
        if (!known.isDue()) {
            return known;
        }
        out.collect(known.correction());
        corrections.inc();
        corrected.add(known.late().count() - known.correctedReadings());
        return known.corrected();
    }

    @Override
    public void onTimer(long time, OnTimerContext context, Collector<Correction> out) throws Exception {
        highestWatermark.advanceTo(context.timerService().currentWatermark());
        // In a drain the watermark is no time that has passed. But what is forgotten now cannot be corrected later.
        highestWatermark.advanceTo(time);
        Reconciliation known = reconciliation.value();
        Reconciliation after = published(known, out);
        if (time >= forgottenAt(known.to())) {
            reconciliation.clear();
            counted.clear();
        } else {
            reconciliation.update(after);
            context.timerService().registerEventTimeTimer(forgottenAt(known.to()));
        }
    }

    private static long settledAt(Instant windowEnd) {
        return windowEnd.toEpochMilli() - 1;
    }

    private long forgottenAt(Instant windowEnd) {
        return settledAt(windowEnd) + within.toMillis();
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        highestWatermark.snapshot();
        arrived.snapshot();
        corrected.snapshot();
        repeated.snapshot();
        tooLate.snapshot();
    }
}
