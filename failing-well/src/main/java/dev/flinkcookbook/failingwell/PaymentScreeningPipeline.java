package dev.flinkcookbook.failingwell;

import dev.flinkcookbook.common.KafkaRecord;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** The topology: records in; screened payments, unscreened ones and dead letters out. */
final class PaymentScreeningPipeline {

    /**
     * @param screened with the service's decision in a header
     * @param unscreened what the service did not answer, after the last attempt
     * @param deadLetters what cannot be read, and what the service refuses
     */
    record Outputs(
            DataStream<KafkaRecord> screened,
            DataStream<KafkaRecord> unscreened,
            DataStream<KafkaRecord> deadLetters) {}

    /**
     * Flink's timeout is for all attempts of a payment together, and it must have one. But it also strikes while the task itself is
     * held up, by a broker that does not answer, say, and gives up what has attempts left. Each attempt has its own timeout, and
     * their number has a bound.
     */
    private static final Duration NEVER = Duration.ofDays(3_650);

    private PaymentScreeningPipeline() {}

    static Outputs build(DataStream<KafkaRecord> records, PaymentScreeningParameters parameters) {
        SingleOutputStreamOperator<Payment> payments =
                records.process(new ReadPayment()).name("read payment").uid("read-payment");

        SingleOutputStreamOperator<Screening> screenings =
                screen(payments, parameters).name("screen payment").uid("screen-payment");

        SingleOutputStreamOperator<KafkaRecord> screened = screenings
                .process(new SplitByOutcome())
                .name("split by outcome")
                .uid("split-by-outcome");

        return new Outputs(
                screened,
                screened.getSideOutput(SplitByOutcome.UNSCREENED),
                payments.getSideOutput(ReadPayment.UNREADABLE).union(screened.getSideOutput(SplitByOutcome.REFUSED)));
    }

    private static SingleOutputStreamOperator<Screening> screen(
            DataStream<Payment> payments, PaymentScreeningParameters parameters) {
        ScreenPayment question = new ScreenPayment(parameters.service(), parameters.timeout());
        Backoff backoff = parameters.backoff();
        return switch (parameters.order()) {
            case INPUT ->
                AsyncDataStream.orderedWaitWithRetry(
                        payments, question, NEVER.toDays(), TimeUnit.DAYS, parameters.capacity(), backoff);
            case COMPLETION ->
                AsyncDataStream.unorderedWaitWithRetry(
                        payments, question, NEVER.toDays(), TimeUnit.DAYS, parameters.capacity(), backoff);
        };
    }
}
