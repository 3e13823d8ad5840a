package dev.flinkcookbook.queryevolution.v3;

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
import org.apache.flink.api.common.typeinfo.Types;

/** Counts and sums up the transactions of an account, and keeps the last of them; keyed by account. */
final class KeepActivity extends RichMapFunction<NumberedTransaction, Activity> {

    static final int MOST_RECENT = 5;

    /** Nobody asks for the last transactions of an account that is silent for so long. */
    static final Duration RECENT = Duration.ofDays(90);

    private transient ValueState<AccountTotals> totals;
    private transient ValueState<Long> largest;
    private transient ListState<LastTransaction> recent;

    /** No TTL: a sum that is forgotten starts again at zero. */
    static ValueStateDescriptor<AccountTotals> totals() {
        return new ValueStateDescriptor<>("totals", TypeInformation.of(AccountTotals.class));
    }

    /** In version 2 it was a field of the totals. */
    static ValueStateDescriptor<Long> largest() {
        return new ValueStateDescriptor<>("largest", Types.LONG);
    }

    static ListStateDescriptor<LastTransaction> recent() {
        ListStateDescriptor<LastTransaction> recent =
                new ListStateDescriptor<>("recent", TypeInformation.of(LastTransaction.class));
        recent.enableTimeToLive(StateTtlConfig.newBuilder(RECENT).build());
        return recent;
    }

    @Override
    public void open(OpenContext context) {
        totals = getRuntimeContext().getState(totals());
        largest = getRuntimeContext().getState(largest());
        recent = getRuntimeContext().getListState(recent());
    }

    @Override
    public Activity map(NumberedTransaction numbered) throws Exception {
        Transaction transaction = numbered.transaction();
        AccountTotals before = totals.value();
        AccountTotals after = (before == null ? AccountTotals.NONE : before).plus(transaction);
        totals.update(after);

        Long largestBefore = largest.value();
        long largestAfter = Math.max(largestBefore == null ? 0 : largestBefore, transaction.amount());
        largest.update(largestAfter);

        List<LastTransaction> last = new ArrayList<>();
        recent.get().forEach(last::add);
        last.add(new LastTransaction(transaction.id(), transaction.amount()));
        last = last.subList(Math.max(0, last.size() - MOST_RECENT), last.size());
        recent.update(last);

        return new Activity(
                transaction.account(),
                transaction.id(),
                after.count(),
                after.sum(),
                last.stream().map(LastTransaction::id).toList(),
                largestAfter,
                numbered.ofTheDay());
    }
}
