package dev.flinkcookbook.queryevolution.v3;

import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Makes a transaction of each record; what is none goes to the dead letters. */
final class ReadTransactions extends ProcessFunction<KafkaRecord, Transaction> {

    static final OutputTag<KafkaRecord> DEAD_LETTERS = new OutputTag<>("dead-letters") {};

    private transient TransactionReader reader;
    private transient Counter deadLetters;

    @Override
    public void open(OpenContext context) {
        reader = new TransactionReader();
        // Records that are no transaction and went to the dead letter topic. Worry: it grows.
        deadLetters = getRuntimeContext().getMetricGroup().counter("deadLetters");
    }

    @Override
    public void processElement(KafkaRecord record, Context context, Collector<Transaction> out) {
        try {
            out.collect(reader.read(record.value()));
        } catch (TransactionRefusedException e) {
            context.output(DEAD_LETTERS, DeadLetters.of(record, e.reason(), e.getMessage()));
            deadLetters.inc();
        }
    }
}
