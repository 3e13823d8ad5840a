package dev.flinkcookbook.queryevolution.compatibility;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;

/**
 * Emits events and then ends, or waits to be cancelled. It has no state, so that no case is about the state of a source; it is a
 * class of the tests, so that it is the same before and after. No watermarks but the last one.
 */
@SuppressWarnings("deprecation") // The new interface takes three classes for what is one method here.
public final class EventFeed implements SourceFunction<Event>, CheckpointedFunction {

    private static final Map<String, CountDownLatch> EMITTED = new ConcurrentHashMap<>();

    private final String name = UUID.randomUUID().toString();
    private final List<Event> events;
    private final boolean ends;
    private transient volatile CountDownLatch cancelled;

    public EventFeed(List<Event> events, boolean ends) {
        this.events = events;
        this.ends = ends;
        EMITTED.put(name, new CountDownLatch(1));
    }

    @Override
    public void run(SourceContext<Event> context) throws Exception {
        cancelled = new CountDownLatch(1);
        synchronized (context.getCheckpointLock()) {
            for (Event event : events) {
                context.collectWithTimestamp(event, event.at());
                // Otherwise all might leave together, and at a closed gate none would be left on its way.
                Gate.awaitAnEventThatIsHeldUp();
            }
        }
        EMITTED.get(name).countDown();
        if (!ends) {
            cancelled.await();
        }
    }

    @Override
    public void initializeState(FunctionInitializationContext context) {
        // There is none.
    }

    /** By now the barrier is on its way, and what stood before it is part of the checkpoint. */
    @Override
    public void snapshotState(FunctionSnapshotContext context) {
        Gate.barrierHasLeft();
    }

    @Override
    public void cancel() {
        CountDownLatch latch = cancelled;
        if (latch != null) {
            latch.countDown();
        }
    }

    /** Whether all events are on their way; a snapshot that is begun after this is behind them. */
    public boolean hasEmittedAll() {
        return EMITTED.get(name).getCount() == 0;
    }
}
