package dev.flinkcookbook.changedatacapture;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.flinkcookbook.common.KafkaRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** What is written to the topics. Rows stand in it as Debezium wrote them, byte for byte. */
final class Json {

    /** The header of a view's record: {@link Position#toString}. */
    static final String POSITION = "position";

    private static final JsonFactory JSON = new JsonFactory();

    private Json() {}

    /** The newest row, or a tombstone, for that topic. */
    static KafkaRecord view(Change change, String topic) {
        Headers headers = new RecordHeaders();
        headers.add(POSITION, change.position().toString().getBytes(StandardCharsets.UTF_8));
        return new KafkaRecord(topic, 0, 0, KafkaRecord.NO_TIMESTAMP, change.key(), change.after(), headers);
    }

    /** What has happened to the row. */
    static KafkaRecord audit(Change change) {
        byte[] value = write(json -> {
            json.writeStartObject();
            json.writeStringField("table", change.table().toString());
            json.writeStringField("op", change.operation().toString());
            writeRow(json, "key", change.key());
            writeRow(json, "before", change.before());
            writeRow(json, "after", change.after());
            writeTransaction(json, change.transaction());
            json.writeNumberField(
                    "lsn",
                    change.isOfSnapshot()
                            ? change.position().commit()
                            : change.position().lsn());
            json.writeNumberField("order", change.position().order());
            json.writeStringField(
                    "committedAt", Instant.ofEpochMilli(change.committedAt()).toString());
            json.writeEndObject();
        });
        return record(change.key(), value, new RecordHeaders());
    }

    static KafkaRecord enrichedOrder(EnrichedOrder order) {
        return record(order.key().getBytes(StandardCharsets.UTF_8), order.value(), new RecordHeaders());
    }

    static byte[] enrichedOrder(
            byte[] order, byte[] customer, List<byte[]> lines, long lsn, long transaction, boolean whole) {
        return write(json -> {
            json.writeStartObject();
            writeRow(json, "order", order);
            writeRow(json, "customer", customer);
            json.writeArrayFieldStart("lines");
            for (byte[] line : lines) {
                json.writeRawValue(new String(line, StandardCharsets.UTF_8));
            }
            json.writeEndArray();
            writeTransaction(json, transaction);
            json.writeNumberField("lsn", lsn);
            json.writeBooleanField("whole", whole);
            json.writeEndObject();
        });
    }

    private static void writeRow(JsonGenerator json, String field, byte[] row) throws IOException {
        json.writeFieldName(field);
        json.writeRawValue(row == null ? "null" : new String(row, StandardCharsets.UTF_8));
    }

    private static void writeTransaction(JsonGenerator json, long transaction) throws IOException {
        if (transaction == 0) {
            json.writeNullField("transaction");
        } else {
            json.writeStringField("transaction", Long.toString(transaction));
        }
    }

    /** Without a timestamp: that of the change, in a replay of history, would hand it to the topic's retention at once. */
    private static KafkaRecord record(byte[] key, byte[] value, Headers headers) {
        return new KafkaRecord("", 0, 0, KafkaRecord.NO_TIMESTAMP, key, value, headers);
    }

    private interface Content {
        void writeTo(JsonGenerator json) throws IOException;
    }

    private static byte[] write(Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            content.writeTo(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // In memory.
        }
        return bytes.toByteArray();
    }
}
