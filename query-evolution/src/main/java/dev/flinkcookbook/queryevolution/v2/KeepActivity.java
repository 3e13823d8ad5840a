package dev.flinkcookbook.queryevolution.v2;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** In version 1 it was called {@code KeepTotals}: the uid finds the state, the name of the operator's class counts for nothing. */
final class KeepActivity extends RichMapFunction<NumberedTransaction, Activity> {

    static final int MOST_RECENT = 5;

    /** New: nobody asks for the last transactions of an account that is silent for so long. */
    static final Duration RECENT = Duration.ofDays(90);

    private transient ValueState<Totals> totals;
    private transient ListState<RecentTransaction> recent;

    @Override
    public void open(OpenContext context) {
        // No TTL: a sum that is forgotten starts again at zero.
        totals = getRuntimeContext().getState(new ValueStateDescriptor<>("totals", TypeInformation.of(Totals.class)));
        ListStateDescriptor<RecentTransaction> last =
                new ListStateDescriptor<>("recent", TypeInformation.of(RecentTransaction.class));
        last.enableTimeToLive(StateTtlConfig.newBuilder(RECENT).build());
        recent = getRuntimeContext().getListState(last);
    }

    @Override
    public Activity map(NumberedTransaction numbered) throws Exception {
        Transaction transaction = numbered.transaction();
        Totals before = totals.value();
        Totals after = (before == null ? Totals.NONE : before).plus(transaction);
        totals.update(after);

        List<RecentTransaction> last = new ArrayList<>();
        recent.get().forEach(last::add);
        last.add(new RecentTransaction(transaction.id(), transaction.amount()));
        last = last.subList(Math.max(0, last.size() - MOST_RECENT), last.size());
        recent.update(last);

        return new Activity(
                transaction.account(),
                transaction.id(),
                after.count(),
                after.sum(),
                last.stream().map(RecentTransaction::id).toList(),
                after.largest(),
                numbered.ofTheDay());
    }
}
