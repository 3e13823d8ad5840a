package dev.flinkcookbook.latedata;

import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.watermark.Watermark;

/**
 * The highest watermark that an operator has seen, also before its restart, and what it has closed by then.
 *
 * <p>After every failure watermarks begin again at their minimum. Judged by that, a late reading would be on time: it would open
 * a window that was closed long ago, and the new result, of this one reading, would replace the right one.
 *
 * <p>Union state: each subtask gets the values of all and takes the highest, since the keys of one subtask may come from any of
 * the others.
 */
final class HighestWatermark {

    private final long keptMillis;
    private final ListState<Long> state;
    private final ListState<Long> closedState;
    private long millis;
    private long closed;

    /** @param kept for how long, in event time, the operator keeps what was due before it is closed; a restart may change it */
    HighestWatermark(OperatorStateStore store, Duration kept) throws Exception {
        keptMillis = kept.toMillis();
        state = store.getUnionListState(new ListStateDescriptor<>("highest-watermark", Types.LONG));
        closedState = store.getUnionListState(new ListStateDescriptor<>("closed-up-to", Types.LONG));
        millis = highest(state);
        closed = highest(closedState);
    }

    private static long highest(ListState<Long> ofAllSubtasks) throws Exception {
        long highest = Long.MIN_VALUE;
        for (long ofSomeSubtask : ofAllSubtasks.get()) {
            highest = Math.max(highest, ofSomeSubtask);
        }
        return highest;
    }

    void advanceTo(long watermark) {
        // The end of a bounded input or of a drain is no time that has passed.
        if (watermark > millis && watermark != Watermark.MAX_WATERMARK.getTimestamp()) {
            millis = watermark;
            closed = Math.max(closed, watermark - keptMillis);
        }
    }

    long millis() {
        return millis;
    }

    /** Whether what was due then is closed and its state gone; closed it stays, also if it would be kept for longer today. */
    boolean hasClosed(long dueAt) {
        return dueAt <= closed;
    }

    void snapshot() throws Exception {
        state.update(List.of(millis));
        closedState.update(List.of(closed));
    }
}
