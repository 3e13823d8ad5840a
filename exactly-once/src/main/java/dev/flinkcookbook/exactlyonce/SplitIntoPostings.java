package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Makes two postings of each transfer; what is none goes to the dead letters. */
final class SplitIntoPostings extends ProcessFunction<KafkaRecord, Posting> {

    static final OutputTag<KafkaRecord> DEAD_LETTERS = new OutputTag<>("dead-letters") {};

    private transient TransferReader reader;
    private transient Counter transfers;
    private transient Counter deadLetters;

    @Override
    public void open(OpenContext context) {
        reader = new TransferReader();
        // Transfers that were read and split into two postings. Worry: it stands still while the input does not.
        transfers = getRuntimeContext().getMetricGroup().counter("transfers");
        // Records that are no transfer and went to the dead letter topic. Worry: it grows.
        deadLetters = getRuntimeContext().getMetricGroup().counter("deadLetters");
    }

    @Override
    public void processElement(KafkaRecord record, Context context, Collector<Posting> out) {
        try {
            Transfer transfer = reader.read(record.value());
            out.collect(new Posting(
                    transfer.transferId(), transfer.from(), transfer.amount().negate()));
            out.collect(new Posting(transfer.transferId(), transfer.to(), transfer.amount()));
            transfers.inc();
        } catch (TransferRefusedException e) {
            context.output(DEAD_LETTERS, DeadLetters.of(record, e.reason(), e.getMessage()));
            deadLetters.inc();
        }
    }
}
