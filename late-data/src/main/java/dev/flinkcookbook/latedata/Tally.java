package dev.flinkcookbook.latedata;

import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.MetricGroup;

/**
 * A count that goes on where it was after a restart, unlike Flink's counters: a balance needs all of it. Each subtask has its
 * share; with another parallelism the shares are dealt out anew, and their sum stays. Shown as a gauge.
 */
final class Tally {

    private final ListState<Long> shares;
    private long count;

    /** @param name of the metric and, never to be changed, of the state */
    Tally(String name, OperatorStateStore state, MetricGroup metrics) throws Exception {
        shares = state.getListState(new ListStateDescriptor<>(name, Types.LONG));
        for (long share : shares.get()) {
            count += share;
        }
        metrics.gauge(name, () -> count);
    }

    void add(long more) {
        count += more;
    }

    long count() {
        return count;
    }

    void snapshot() throws Exception {
        shares.update(List.of(count));
    }
}
