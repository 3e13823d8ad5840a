package dev.flinkcookbook.failingwell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.transformations.OneInputTransformation;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A task that can write nothing does nothing else either, and its timers are all late: that is not the service's fault. */
class HeldUpTaskTest {

    @AutoClose
    private final ScreeningService service =
            ScreeningService.that((id, attempt) -> attempt == 1 ? ScreeningService.BUSY : ScreeningService.CLEAR);

    @SuppressWarnings("try") // The harness may be interrupted while it is closed.
    @ParameterizedTest
    @ValueSource(strings = {"input", "completion"})
    void givesUpNoPaymentThatHasAttemptsLeft(String order) throws Exception {
        PaymentScreeningParameters parameters = PaymentScreeningParameters.from(
                        "--service", service.address().toString(), "--order", order)
                .orElseThrow();

        try (var screen = new OneInputStreamOperatorTestHarness<>(
                operator(parameters), TypeInformation.of(Payment.class).createSerializer(new SerializerConfigImpl()))) {
            screen.open();
            screen.processElement(payment(), 0);
            // Of what has come meanwhile, the answer and the time, the time is told first.
            screen.setProcessingTime(Duration.ofHours(1).toMillis());
            Awaitility.await().pollInSameThread().until(() -> {
                workOn(screen);
                return !screen.getOutput().isEmpty();
            });

            assertThat(screen.extractOutputValues())
                    .extracting(Screening::outcome)
                    .containsExactly(Screening.Outcome.DECIDED);
        }
        assertThat(service.attempts("p-1")).isEqualTo(2);
    }

    /** One second more, and whatever waits for the task. */
    private static void workOn(OneInputStreamOperatorTestHarness<Payment, Screening> screen) throws Exception {
        while (screen.getTaskMailbox().hasMail()) {
            screen.getTaskMailbox().take(0).run();
        }
        screen.setProcessingTime(screen.getProcessingTime() + 1_000);
    }

    private static Payment payment() {
        byte[] json = "{}".getBytes(StandardCharsets.UTF_8);
        return new Payment(new KafkaRecord("payments", 0, 0, 0, null, json, new RecordHeaders()), "p-1");
    }

    /** As it stands in the pipeline. */
    @SuppressWarnings("unchecked")
    private static OneInputStreamOperatorFactory<Payment, Screening> operator(PaymentScreeningParameters parameters) {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        Transformation<?> split = PaymentScreeningPipeline.build(
                        environment.fromData(
                                TypeInformation.of(KafkaRecord.class), payment().record()),
                        parameters)
                .screened()
                .getTransformation();
        var screen =
                (OneInputTransformation<Payment, Screening>) split.getInputs().get(0);
        return (OneInputStreamOperatorFactory<Payment, Screening>) screen.getOperatorFactory();
    }
}
