package dev.flinkcookbook.failingwell;

import dev.flinkcookbook.common.FlinkDefaults;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.common.KafkaSinks;
import dev.flinkcookbook.common.KafkaSources;
import java.io.IOException;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.async.CollectionSupplier;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;

/** A control, the way that is often seen: the same question, but an answer that does not come is an exception. */
final class RestartInsteadOfRetry {

    private RestartInsteadOfRetry() {}

    static void main(String... args) throws Exception {
        PaymentScreeningParameters parameters =
                PaymentScreeningParameters.from(args).orElseThrow();
        KafkaFlags kafka = parameters.kafka();
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        FlinkDefaults.applyTo(environment);

        SingleOutputStreamOperator<Payment> payments = environment
                .fromSource(
                        KafkaSources.<KafkaRecord>from(kafka)
                                .setDeserializer(new PaymentDeserializer())
                                .build(),
                        WatermarkStrategy.noWatermarks(),
                        "read")
                .uid("read")
                .process(new ReadPayment())
                .uid("read-payment");
        AsyncDataStream.orderedWait(
                        payments,
                        new Throwing(new ScreenPayment(parameters.service(), parameters.timeout())),
                        1,
                        TimeUnit.MINUTES,
                        parameters.capacity())
                .uid("screen")
                .process(new SplitByOutcome())
                .uid("split")
                .sinkTo(KafkaSinks.to(kafka.outputTopic(), "screened", kafka)
                        .setDeliveryGuarantee(kafka.delivery())
                        .build())
                .uid("write");
        environment.execute("restart-instead-of-retry");
    }

    private static final class Throwing extends RichAsyncFunction<Payment, Screening> {
        private final ScreenPayment question;

        Throwing(ScreenPayment question) {
            this.question = question;
        }

        @Override
        public void setRuntimeContext(RuntimeContext context) {
            super.setRuntimeContext(context);
            question.setRuntimeContext(context);
        }

        @Override
        public void open(OpenContext context) {
            question.open(context);
        }

        @Override
        public void asyncInvoke(Payment payment, ResultFuture<Screening> result) {
            question.asyncInvoke(payment, new ResultFuture<>() {
                @Override
                public void complete(Collection<Screening> screenings) {
                    Screening screening = screenings.iterator().next();
                    if (screening.hasFailed()) {
                        result.completeExceptionally(new IOException(screening.message()));
                    } else {
                        result.complete(screenings);
                    }
                }

                @Override
                public void complete(CollectionSupplier<Screening> supplier) {
                    result.complete(supplier);
                }

                @Override
                public void completeExceptionally(Throwable failure) {
                    result.completeExceptionally(failure);
                }
            });
        }
    }
}
