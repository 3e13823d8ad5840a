package dev.flinkcookbook.changedatacapture;

import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Lets an order pass that is not older than the last, keyed by the order. An order that has moved to another customer comes from another
 * subtask than before, and that one may be ahead.
 */
final class KeepNewestOrder extends KeyedProcessFunction<String, EnrichedOrder, EnrichedOrder> {

    /** One subtask is ahead of another one by moments. */
    private static final Duration LONGER_THAN_ANY_RESTART = Duration.ofDays(1);

    private transient ValueState<Long> lastLsn;

    @Override
    public void open(OpenContext context) {
        ValueStateDescriptor<Long> descriptor = new ValueStateDescriptor<>("last-lsn", Types.LONG);
        descriptor.enableTimeToLive(
                StateTtlConfig.newBuilder(LONGER_THAN_ANY_RESTART).build());
        lastLsn = getRuntimeContext().getState(descriptor);
    }

    @Override
    public void processElement(EnrichedOrder order, Context context, Collector<EnrichedOrder> out) throws Exception {
        Long last = lastLsn.value();
        if (last == null || order.lsn() >= last) {
            lastLsn.update(order.lsn());
            out.collect(order);
        }
    }
}
