package dev.flinkcookbook.queryevolution.v3;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.state.api.functions.KeyedStateReaderFunction;
import org.apache.flink.util.Collector;

/** Reads the state of version 2, and of version 1: names, types and TTL are as they were then. */
final class ReadVersion2 extends KeyedStateReaderFunction<String, KnownOfAnAccount> {

    private transient ValueState<Totals> totals;
    private transient ListState<RecentTransaction> recent;

    @Override
    public void open(OpenContext context) {
        totals = getRuntimeContext().getState(new ValueStateDescriptor<>("totals", TypeInformation.of(Totals.class)));
        ListStateDescriptor<RecentTransaction> last =
                new ListStateDescriptor<>("recent", TypeInformation.of(RecentTransaction.class));
        last.enableTimeToLive(StateTtlConfig.newBuilder(KeepActivity.RECENT).build());
        recent = getRuntimeContext().getListState(last);
    }

    @Override
    public void readKey(String account, Context context, Collector<KnownOfAnAccount> out) throws Exception {
        Totals known = totals.value();
        List<LastTransaction> last = new ArrayList<>();
        for (RecentTransaction one : recent.get()) {
            last.add(new LastTransaction(one.id(), one.amount()));
        }
        out.collect(new KnownOfAnAccount(
                account, new AccountTotals(known.count(), known.sum()), known.largest(), List.copyOf(last)));
    }
}
