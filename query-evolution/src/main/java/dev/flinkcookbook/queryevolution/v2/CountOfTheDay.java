package dev.flinkcookbook.queryevolution.v2;

import java.time.Duration;
import java.time.ZoneOffset;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** A new operator: numbers an account's transactions of one day. It starts without state, since version 1 had none for it. */
final class CountOfTheDay extends RichMapFunction<Transaction, NumberedTransaction> {

    /** A count of an earlier day is of no use; two days, since days end at other times elsewhere. */
    static final Duration KEPT = Duration.ofDays(2);

    private transient ValueState<DayCount> today;

    @Override
    public void open(OpenContext context) {
        ValueStateDescriptor<DayCount> descriptor =
                new ValueStateDescriptor<>("today", TypeInformation.of(DayCount.class));
        descriptor.enableTimeToLive(StateTtlConfig.newBuilder(KEPT).build());
        today = getRuntimeContext().getState(descriptor);
    }

    @Override
    public NumberedTransaction map(Transaction transaction) throws Exception {
        long day = transaction.at().atOffset(ZoneOffset.UTC).toLocalDate().toEpochDay();
        DayCount before = today.value();
        DayCount after = new DayCount(day, before != null && before.day() == day ? before.count() + 1 : 1);
        today.update(after);
        return new NumberedTransaction(transaction, after.count());
    }
}
