package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.KafkaRecord;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** The topology: records in; ledger entries and dead letters out. */
final class ExactlyOncePipeline {

    /**
     * @param ledger two entries for each transfer, in order within an account
     * @param deadLetters what cannot be booked
     */
    record Outputs(DataStream<LedgerEntry> ledger, DataStream<KafkaRecord> deadLetters) {}

    private ExactlyOncePipeline() {}

    static Outputs build(DataStream<KafkaRecord> records) {
        SingleOutputStreamOperator<Posting> postings = records.process(new SplitIntoPostings())
                .name("split into postings")
                .uid("split-into-postings");
        DataStream<LedgerEntry> ledger = postings.keyBy(Posting::account)
                .flatMap(new PostToLedger())
                .name("post to ledger")
                .uid("post-to-ledger");
        return new Outputs(ledger, postings.getSideOutput(SplitIntoPostings.DEAD_LETTERS));
    }
}
