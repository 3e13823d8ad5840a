package dev.flinkcookbook.failingwell;

import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Sends each payment to the topic that its screening says. None is dropped. */
final class SplitByOutcome extends ProcessFunction<Screening, KafkaRecord> {

    /** The header with the service's decision. */
    static final String VERDICT = "screening.verdict";

    static final OutputTag<KafkaRecord> REFUSED = new OutputTag<>("refused") {};
    static final OutputTag<KafkaRecord> UNSCREENED = new OutputTag<>("unscreened") {};

    private transient Counter screened;
    private transient Counter refused;
    private transient Counter unscreened;

    @Override
    public void open(OpenContext context) {
        MetricGroup metrics = getRuntimeContext().getMetricGroup();
        // Payments that the service decided on. Worry: it stands still while the input does not.
        screened = metrics.counter("paymentsScreened");
        // Payments that the service refused to read; they went to the dead letter topic. Worry: it grows.
        refused = metrics.counter("paymentsRefused");
        // Payments given up after all attempts; they went to the unscreened topic. Worry: it grows.
        unscreened = metrics.counter("paymentsUnscreened");
    }

    @Override
    public void processElement(Screening screening, Context context, Collector<KafkaRecord> out) {
        KafkaRecord record = screening.payment().record();
        switch (screening.outcome()) {
            case DECIDED -> {
                screened.inc();
                out.collect(withVerdict(record, screening.word()));
            }
            case REFUSED -> {
                refused.inc();
                context.output(REFUSED, DeadLetters.of(record, screening.word(), screening.message()));
            }
            case FAILED -> {
                unscreened.inc();
                context.output(UNSCREENED, DeadLetters.of(record, screening.word(), screening.message()));
            }
        }
    }

    private static KafkaRecord withVerdict(KafkaRecord record, String verdict) {
        Headers headers = new RecordHeaders(record.headers().toArray());
        headers.remove(VERDICT); // Only the service decides.
        headers.add(VERDICT, verdict.getBytes(StandardCharsets.UTF_8));
        return new KafkaRecord(
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestamp(),
                record.key(),
                record.value(),
                headers);
    }
}
