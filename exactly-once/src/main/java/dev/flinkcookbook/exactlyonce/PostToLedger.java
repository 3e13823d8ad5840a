package dev.flinkcookbook.exactlyonce;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.Collector;

/** Gives each posting its sequence number and its balance; keyed by account. */
final class PostToLedger extends RichFlatMapFunction<Posting, LedgerEntry> {

    private transient ValueState<Account> account;

    @Override
    public void open(OpenContext context) {
        // No TTL: a balance that is forgotten starts again at zero.
        account =
                getRuntimeContext().getState(new ValueStateDescriptor<>("account", TypeInformation.of(Account.class)));
    }

    @Override
    public void flatMap(Posting posting, Collector<LedgerEntry> out) throws Exception {
        Account before = account.value();
        LedgerEntry entry = (before == null ? Account.NEW : before).next(posting);
        account.update(Account.after(entry));
        out.collect(entry);
    }
}
