package dev.flinkcookbook.measuringlatency;

import java.time.Duration;
import org.apache.flink.api.common.functions.MapFunction;

/** Stands where user code would: takes a while for each event, and stamps it when it goes. */
final class TakeProcessingTime implements MapFunction<Event, Event> {

    private final Duration each;

    /** @param each zero for at once */
    TakeProcessingTime(Duration each) {
        this.each = each;
    }

    @Override
    public Event map(Event event) throws InterruptedException {
        if (!each.isZero()) {
            Thread.sleep(each.toMillis());
        }
        return event.isMeasured() ? event.with(event.stamps().leaveOperator(System.currentTimeMillis())) : event;
    }
}
