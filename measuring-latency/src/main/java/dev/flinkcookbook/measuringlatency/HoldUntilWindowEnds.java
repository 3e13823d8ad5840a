package dev.flinkcookbook.measuringlatency;

import com.codahale.metrics.ExponentiallyDecayingReservoir;
import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.dropwizard.metrics.DropwizardHistogramWrapper;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Stamps an event when it comes and when it goes, which is at the end of its window of processing time, or at once without a window.
 */
final class HoldUntilWindowEnds extends KeyedProcessFunction<String, Event, Event> {

    private final long windowMillis;

    /** Cleared by the timer at the end of the window. */
    private transient ListState<Event> held;

    private transient Histogram untilOperator;

    /** @param window zero for none */
    HoldUntilWindowEnds(Duration window) {
        windowMillis = window.toMillis();
    }

    @Override
    public void open(OpenContext context) {
        held = getRuntimeContext().getListState(new ListStateDescriptor<>("held", TypeInformation.of(Event.class)));
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
        long now = context.timerService().currentProcessingTime();
        untilOperator.update(now - event.stamps().sentAt());
        Event entered = new Event(event.id(), event.payload(), event.stamps().enterOperator(now));
        if (windowMillis == 0) {
            out.collect(left(entered, context.timerService().currentProcessingTime()));
        } else {
            held.add(entered);
            context.timerService().registerProcessingTimeTimer(now - now % windowMillis + windowMillis);
        }
    }

    @Override
    public void onTimer(long end, OnTimerContext context, Collector<Event> out) throws Exception {
        // The clock and not the end: a timer that fires late, after a restart say, is latency too.
        long now = context.timerService().currentProcessingTime();
        for (Event event : held.get()) {
            out.collect(left(event, now));
        }
        held.clear();
    }

    private static Event left(Event event, long now) {
        return new Event(event.id(), event.payload(), event.stamps().leaveOperator(now));
    }
}
