package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.KafkaRecord;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Sums up the readings of each sensor and window, keyed by sensor. Publishes a window when the watermark has passed it, and again
 * with each reading that comes within the allowed lateness; what comes later goes to the side, whole.
 *
 * <p>Why not Flink's window operator? It judges by the current watermark alone, which begins again at its minimum after every
 * failure: a late reading would open its window again and replace the right result. This one judges by the
 * {@link HighestWatermark}. And why no KeyedProcessFunction? That reads and writes state for each reading. This one adds them up
 * on the heap first, and only the sums go to state: when a window is due, and before each checkpoint, of which an operator is told.
 */
final class SumUpWindows extends AbstractStreamOperator<WindowResult>
        implements OneInputStreamOperator<Arrival, WindowResult>, Triggerable<String, Long> {

    static final OutputTag<KafkaRecord> LATE = new OutputTag<>("late") {};

    /** About 30 MB of heap. */
    private static final int MOST_SUMS_ON_HEAP = 100_000;

    private static final int READINGS_OF_A_HISTOGRAM = 10_000;

    private final LatenessPolicy windows;

    /** Sums that are not in state yet, of windows that are not due: start of the window → sensor → sum. */
    private transient Map<Long, Map<String, Totals>> onHeap;

    private transient int sumsOnHeap;

    /** By start. Each window has one timer: the first publishes it when it is due, the next removes it when it closes. */
    private transient MapState<Long, OpenWindow> openWindows;

    private transient InternalTimerService<Long> timers;
    private transient HighestWatermark highestWatermark;
    private transient ListState<Long> lengthOfWindows;

    // The balance: arrived = pending + on time + refined + late.
    private transient Tally arrived;
    private transient Tally onTime;
    private transient Tally refined;
    private transient Tally late;

    private transient Counter windowsFired;
    private transient Counter windowsRefined;
    private transient Histogram behindWatermark;

    SumUpWindows(LatenessPolicy windows) {
        this.windows = windows;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        OperatorStateStore store = context.getOperatorStateStore();
        requireSameWindows(store);
        highestWatermark = new HighestWatermark(store, windows.allowedLateness());
        // Readings that reached the windows; survives restarts. Worry: it stands still while the input does not.
        arrived = new Tally("readingsArrived", store, getMetricGroup());
        // Readings that came before their window was closed; survives restarts. Worry: its share of all readings falls.
        onTime = new Tally("readingsOnTime", store, getMetricGroup());
        // Readings that came late and changed a result within the allowed lateness; survives restarts. Worry: its share
        // grows.
        refined = new Tally("readingsRefined", store, getMetricGroup());
        // Readings that came too late for their window; survives restarts. Worry: its share grows.
        late = new Tally("readingsLate", store, getMetricGroup());
        // Readings in windows that are still open. Worry: it grows without end: the watermark may be stuck.
        getMetricGroup()
                .gauge("readingsPending", () -> arrived.count() - onTime.count() - refined.count() - late.count());
    }

    /** Windows in state would be taken for windows of another length that start at the same time. */
    private void requireSameWindows(OperatorStateStore store) throws Exception {
        lengthOfWindows = store.getUnionListState(new ListStateDescriptor<>("length-of-windows", Types.LONG));
        for (long before : lengthOfWindows.get()) {
            if (before != windows.windowMillis()) {
                throw new IllegalStateException("--window: the state has windows of " + before + "ms, expected "
                        + windows.windowMillis() + "ms; to change it, drain the job and start it anew");
            }
        }
    }

    @Override
    public void open() throws Exception {
        super.open();
        onHeap = new HashMap<>();
        openWindows = getRuntimeContext()
                .getMapState(
                        new MapStateDescriptor<>("open-windows", Types.LONG, TypeInformation.of(OpenWindow.class)));
        timers = getInternalTimerService("window-timers", LongSerializer.INSTANCE, this);
        // Windows whose first result was written. Worry: it stands still while readings arrive.
        windowsFired = getMetricGroup().counter("windowsFired");
        // Results written once more, because a late reading changed them. Worry: it grows as fast as windowsFired.
        windowsRefined = getMetricGroup().counter("windowsRefined");
        // By how much late readings were behind the watermark. Worry: its 99th percentile exceeds the allowed lateness.
        behindWatermark = getMetricGroup()
                .histogram("behindWatermarkMs", new DescriptiveStatisticsHistogram(READINGS_OF_A_HISTOGRAM));
    }

    @Override
    public void processElement(StreamRecord<Arrival> element) throws Exception {
        Arrival arrival = element.getValue();
        long start = windows.startOf(arrival.at());
        arrived.add(1);
        switch (judge(start)) {
            case ON_TIME -> sumUp(arrival, start);
            case REFINES -> refine(arrival, start);
            case LATE -> sendAside(arrival, start);
        }
    }

    private LatenessPolicy.Judgement judge(long start) {
        return highestWatermark.hasClosed(windows.dueAt(start))
                ? LatenessPolicy.Judgement.LATE
                : windows.judge(start, highestWatermark.millis());
    }

    private void sumUp(Arrival arrival, long start) throws Exception {
        Map<String, Totals> ofWindow = onHeap.computeIfAbsent(start, unused -> new HashMap<>());
        Totals before = ofWindow.get(arrival.sensor());
        ofWindow.put(arrival.sensor(), before == null ? Totals.of(arrival.celsius()) : before.plus(arrival.celsius()));
        if (before == null && ++sumsOnHeap == MOST_SUMS_ON_HEAP) {
            moveSumsToState();
        }
    }

    private void moveSumsToState() throws Exception {
        for (Map.Entry<Long, Map<String, Totals>> ofWindow : onHeap.entrySet()) {
            long start = ofWindow.getKey();
            for (Map.Entry<String, Totals> ofSensor : ofWindow.getValue().entrySet()) {
                setCurrentKey(ofSensor.getKey());
                OpenWindow window = openWindows.get(start);
                if (window == null) {
                    timers.registerEventTimeTimer(start, windows.dueAt(start));
                    window = OpenWindow.EMPTY;
                }
                openWindows.put(start, window.plus(ofSensor.getValue()));
            }
        }
        onHeap.clear();
        sumsOnHeap = 0;
    }

    private void refine(Arrival arrival, long start) throws Exception {
        OpenWindow window = openWindows.get(start);
        if (window == null) {
            timers.registerEventTimeTimer(start, windows.closedAt(start));
            window = OpenWindow.EMPTY;
        }
        // Pending: by this subtask's own watermark it is not due. After a restore it may be by that of another one.
        onTime.add(window.pending());
        refined.add(1);
        windowsRefined.inc();
        behindWatermark.update(highestWatermark.millis() - arrival.at());
        publish(window.plus(Totals.of(arrival.celsius())), start);
    }

    private void sendAside(Arrival arrival, long start) {
        late.add(1);
        behindWatermark.update(highestWatermark.millis() - arrival.at());
        KafkaRecord record = LateRecords.of(
                arrival,
                Instant.ofEpochMilli(start),
                Instant.ofEpochMilli(windows.endOf(start)),
                Instant.ofEpochMilli(highestWatermark.millis()));
        output.collect(LATE, new StreamRecord<>(record));
    }

    private void publish(OpenWindow window, long start) throws Exception {
        OpenWindow published = window.published();
        openWindows.put(start, published);
        WindowResult result = new WindowResult(
                (String) getCurrentKey(),
                Instant.ofEpochMilli(start),
                Instant.ofEpochMilli(windows.endOf(start)),
                published.totals(),
                WindowResult.Origin.WINDOW,
                published.revision());
        output.collect(new StreamRecord<>(result, windows.dueAt(start)));
    }

    @Override
    public void processWatermark(Watermark watermark) throws Exception {
        for (long start : onHeap.keySet()) {
            if (windows.dueAt(start) <= watermark.getTimestamp()) {
                moveSumsToState();
                break;
            }
        }
        highestWatermark.advanceTo(watermark.getTimestamp());
        super.processWatermark(watermark); // fires the timers
    }

    @Override
    public void onEventTime(InternalTimer<String, Long> timer) throws Exception {
        long start = timer.getNamespace();
        // In a drain the watermark is no time that has passed. But what is published and removed now stays closed.
        highestWatermark.advanceTo(timer.getTimestamp());
        OpenWindow window = openWindows.get(start);
        if (window.revision() == 0) {
            onTime.add(window.pending());
            windowsFired.inc();
            publish(window, start);
        }
        if (timer.getTimestamp() >= windows.closedAt(start)) {
            openWindows.remove(start);
        } else {
            timers.registerEventTimeTimer(start, windows.closedAt(start));
        }
    }

    @Override
    public void onProcessingTime(InternalTimer<String, Long> timer) {
        throw new UnsupportedOperationException("no such timer is ever set");
    }

    /** Not in {@link #snapshotState}: with timers on the heap beside RocksDB, those are in the snapshot before that is called. */
    @Override
    public void prepareSnapshotPreBarrier(long checkpoint) throws Exception {
        moveSumsToState();
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        lengthOfWindows.update(List.of(windows.windowMillis()));
        highestWatermark.snapshot();
        arrived.snapshot();
        onTime.snapshot();
        refined.snapshot();
        late.snapshot();
    }
}
