package dev.flinkcookbook.latedata;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.common.KafkaRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * A {@link WindowResult} as a record of the topic of results. The key is sensor and window, {@code ["s-1","…:00Z","…:01Z"]}: a
 * compacted topic keeps the newest. The sum is a string, so that no reader makes a double of it and adds to that.
 */
final class WindowResultJson {

    /** The header of a correction with the value of the result that it corrects. */
    static final String CORRECTION_OF = "correction.of";

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            // Otherwise characters beyond the basic plane become two escapes, and nobody finds the key by its bytes.
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    private static final JsonMapper READER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private WindowResultJson() {}

    static KafkaRecord record(WindowResult result) {
        return record(result, new RecordHeaders());
    }

    /** The correction takes the place of the result that it corrects; compaction then deletes that one. So it is carried on. */
    static KafkaRecord record(Correction correction) {
        Headers headers = new RecordHeaders();
        if (correction.of() != null) {
            headers.add(CORRECTION_OF, value(correction.of()));
        }
        return record(correction.result(), headers);
    }

    /** Without a timestamp: an old one, in a replay of history, would hand it to the topic's retention at once. */
    private static KafkaRecord record(WindowResult result, Headers headers) {
        byte[] key = key(result.sensor(), result.from(), result.to());
        return new KafkaRecord("", 0, 0, KafkaRecord.NO_TIMESTAMP, key, value(result), headers);
    }

    static byte[] key(String sensor, Instant from, Instant to) {
        return write(json -> {
            json.writeStartArray();
            json.writeString(sensor);
            json.writeString(from.toString());
            json.writeString(to.toString());
            json.writeEndArray();
        });
    }

    private static byte[] value(WindowResult result) {
        Totals totals = result.totals();
        return write(json -> {
            json.writeStartObject();
            json.writeStringField("sensor", result.sensor());
            json.writeStringField("from", result.from().toString());
            json.writeStringField("to", result.to().toString());
            json.writeNumberField("count", totals.count());
            json.writeNumberField("min", totals.min());
            json.writeNumberField("max", totals.max());
            json.writeStringField("sum", totals.sum().toPlainString());
            json.writeNumberField("mean", totals.mean());
            json.writeStringField("origin", result.origin().toString());
            json.writeNumberField("revision", result.revision());
            json.writeEndObject();
        });
    }

    /** @throws UnreadableReadingException this is no result of ours */
    static WindowResult read(byte[] value) throws UnreadableReadingException {
        try {
            JsonNode json = READER.readTree(value);
            return new WindowResult(
                    text(json, "sensor"),
                    Instant.ofEpochMilli(IsoTime.millis(text(json, "from"))),
                    Instant.ofEpochMilli(IsoTime.millis(text(json, "to"))),
                    new Totals(
                            number(json, "count").longValueExact(),
                            number(json, "min"),
                            number(json, "max"),
                            new BigDecimal(text(json, "sum"))),
                    WindowResult.Origin.valueOf(text(json, "origin").toUpperCase(Locale.ROOT)),
                    number(json, "revision").longValueExact());
        } catch (IOException | IllegalArgumentException | DateTimeException | ArithmeticException e) {
            throw new UnreadableReadingException("not-a-result", String.valueOf(e.getMessage()));
        }
    }

    private static String text(JsonNode json, String field) {
        if (json.path(field).isTextual()) {
            return json.get(field).textValue();
        }
        throw new IllegalArgumentException(field + " is no text");
    }

    private static BigDecimal number(JsonNode json, String field) {
        if (json.path(field).isNumber()) {
            return json.get(field).decimalValue();
        }
        throw new IllegalArgumentException(field + " is no number");
    }

    private interface Content {
        void writeTo(JsonGenerator json) throws IOException;
    }

    private static byte[] write(Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            content.writeTo(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // In memory, and the reader has let no half characters pass.
        }
        return bytes.toByteArray();
    }
}
