package dev.flinkcookbook.queryevolution.v2;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.flinkcookbook.common.KafkaRecord;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** A result as a record of its topic: JSON, under the account, so that an account's results stay in order. */
final class WriteJson<T> implements MapFunction<T, KafkaRecord> {

    private static final ObjectWriter WRITER = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build()
            .writer();

    private final KeySelector<T, String> account;

    WriteJson(KeySelector<T, String> account) {
        this.account = account;
    }

    @Override
    public KafkaRecord map(T result) throws Exception {
        return new KafkaRecord(
                "", 0, 0, KafkaRecord.NO_TIMESTAMP, utf8(account.getKey(result)), json(result), new RecordHeaders());
    }

    private byte[] json(T result) throws JsonProcessingException {
        return WRITER.writeValueAsBytes(result);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
