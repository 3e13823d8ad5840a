package dev.flinkcookbook.measuringlatency;

import com.codahale.metrics.ExponentiallyDecayingReservoir;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.dropwizard.metrics.DropwizardHistogramWrapper;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Stamps an event when it comes and when it goes: when the watermark has passed the end of its window of event time, or at once
 * without a window, and if the watermark was there before it. Event time is Kafka's timestamp.
 */
final class HoldUntilWindowEnds extends KeyedProcessFunction<String, Event, Event> {

    private final long windowMillis;

    /** By the end of their window; the timer there takes them out. */
    private transient MapState<Long, List<Event>> held;

    private transient Histogram untilOperator;

    /** @param window zero for none */
    HoldUntilWindowEnds(Duration window) {
        windowMillis = window.toMillis();
    }

    @Override
    public void open(OpenContext context) {
        held = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>("held", Types.LONG, Types.LIST(TypeInformation.of(Event.class))));
        // Time from when an event was due until it came here. Worry: it grows: the job is slower than its input.
        untilOperator = getRuntimeContext()
                .getMetricGroup()
                .histogram(
                        "untilOperatorMs",
                        new DropwizardHistogramWrapper(
                                new com.codahale.metrics.Histogram(new ExponentiallyDecayingReservoir())));
    }

    @Override
    public void processElement(Event event, Context context, Collector<Event> out) throws Exception {
        long end = windowMillis == 0 ? 0 : endOfWindow(context.timestamp());
        Event entered = event;
        if (event.isMeasured()) {
            long now = context.timerService().currentProcessingTime();
            untilOperator.update(now - event.stamps().sentAt());
            entered = event.with(event.stamps().enterOperator(now, end));
        }
        if (windowMillis == 0 || end - 1 <= context.timerService().currentWatermark()) {
            out.collect(entered); // There is nothing to wait for, or the watermark was here before.
            return;
        }
        List<Event> ofTheWindow = held.get(end);
        if (ofTheWindow == null) {
            ofTheWindow = new ArrayList<>();
        }
        ofTheWindow.add(entered);
        held.put(end, ofTheWindow);
        context.timerService()
                .registerEventTimeTimer(end - 1); // The last millisecond of the window, as Flink's own do.
    }

    @Override
    public void onTimer(long lastMillisecond, OnTimerContext context, Collector<Event> out) throws Exception {
        long now = context.timerService().currentProcessingTime();
        for (Event event : held.get(lastMillisecond + 1)) {
            out.collect(event.isMeasured() ? event.with(event.stamps().release(now)) : event);
        }
        held.remove(lastMillisecond + 1);
    }

    private long endOfWindow(long timestamp) {
        return timestamp - Math.floorMod(timestamp, windowMillis) + windowMillis;
    }
}
