package dev.flinkcookbook.queryevolution.v3;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.state.api.functions.KeyedStateBootstrapFunction;

/** Writes the state that {@link KeepActivity} will find: one account after the other, as if it had worked itself. */
final class WriteVersion3 extends KeyedStateBootstrapFunction<String, KnownOfAnAccount> {

    private transient ValueState<AccountTotals> totals;
    private transient ValueState<Long> largest;
    private transient ListState<LastTransaction> recent;

    @Override
    public void open(OpenContext context) {
        totals = getRuntimeContext().getState(KeepActivity.totals());
        largest = getRuntimeContext().getState(KeepActivity.largest());
        recent = getRuntimeContext().getListState(KeepActivity.recent());
    }

    @Override
    public void processElement(KnownOfAnAccount known, Context context) throws Exception {
        totals.update(known.totals());
        largest.update(known.largest());
        recent.update(known.recent());
    }
}
