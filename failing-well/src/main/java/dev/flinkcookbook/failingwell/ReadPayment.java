package dev.flinkcookbook.failingwell;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import java.io.IOException;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Sends what cannot even be asked about to the dead letters. */
final class ReadPayment extends ProcessFunction<KafkaRecord, Payment> {

    static final OutputTag<KafkaRecord> UNREADABLE = new OutputTag<>("unreadable") {};

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    @Override
    public void processElement(KafkaRecord record, Context context, Collector<Payment> out) {
        if (record.value() == null) {
            context.output(UNREADABLE, DeadLetters.of(record, "no-value", "the record has no value"));
            return;
        }
        JsonNode id;
        try {
            id = JSON.readTree(record.value()).path("paymentId");
        } catch (IOException e) {
            context.output(UNREADABLE, DeadLetters.of(record, "not-json", String.valueOf(e.getMessage())));
            return;
        }
        if (id.isTextual() && !id.textValue().isBlank()) {
            out.collect(new Payment(record, id.textValue()));
        } else {
            context.output(UNREADABLE, DeadLetters.of(record, "payment-id-missing", "/paymentId is no text"));
        }
    }
}
