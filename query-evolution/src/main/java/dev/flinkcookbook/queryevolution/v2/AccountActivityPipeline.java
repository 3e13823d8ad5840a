package dev.flinkcookbook.queryevolution.v2;

import dev.flinkcookbook.common.KafkaRecord;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** The topology: records in; each account's activity and dead letters out. */
final class AccountActivityPipeline {

    /**
     * @param activity one for each transaction, in order within an account
     * @param deadLetters what is no transaction
     */
    record Outputs(DataStream<Activity> activity, DataStream<KafkaRecord> deadLetters) {}

    private AccountActivityPipeline() {}

    static Outputs build(DataStream<KafkaRecord> records) {
        SingleOutputStreamOperator<Transaction> transactions = records.process(new ReadTransactions())
                .name("read transactions")
                .uid("read-transactions");
        DataStream<Activity> activity = transactions
                .keyBy(Transaction::account)
                .map(new CountOfTheDay())
                .name("count of the day")
                .uid("count-of-the-day")
                .keyBy(NumberedTransaction::account)
                .map(new KeepActivity())
                .name("keep activity")
                // The uid of version 1: by it the state is found.
                .uid("totals");
        return new Outputs(activity, transactions.getSideOutput(ReadTransactions.DEAD_LETTERS));
    }
}
