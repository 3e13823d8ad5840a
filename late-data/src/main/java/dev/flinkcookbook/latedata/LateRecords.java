package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.KafkaRecord;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Late readings as records of the late topic: the original key, value and headers, and further headers that say where the record
 * stood, which window it has missed, and by how much. They suffice to correct the window's result.
 */
final class LateRecords {

    static final String TOPIC = "late.topic";
    static final String PARTITION = "late.partition";
    static final String OFFSET = "late.offset";
    static final String TIMESTAMP = "late.timestamp";
    static final String WINDOW_START = "late.window-start";
    static final String WINDOW_END = "late.window-end";
    static final String WATERMARK = "late.watermark";
    static final String BY = "late.by";

    private LateRecords() {}

    /**
     * The record, without a timestamp as dead letters are; the original one is in the headers.
     *
     * @param watermark by which it was judged
     */
    static KafkaRecord of(Arrival arrival, Instant windowStart, Instant windowEnd, Instant watermark) {
        Headers headers = headers(arrival, watermark);
        add(headers, WINDOW_START, windowStart);
        add(headers, WINDOW_END, windowEnd);
        return record(arrival.record(), headers);
    }

    /** As {@link #of(Arrival, Instant, Instant, Instant)}, where there is no window to miss. */
    static KafkaRecord of(Arrival arrival, Instant watermark) {
        return record(arrival.record(), headers(arrival, watermark));
    }

    private static Headers headers(Arrival arrival, Instant watermark) {
        KafkaRecord record = arrival.record();
        Headers headers = new RecordHeaders(record.headers().toArray());
        add(headers, TOPIC, record.topic());
        add(headers, PARTITION, record.partition());
        add(headers, OFFSET, record.offset());
        add(headers, TIMESTAMP, record.timestamp());
        add(headers, WATERMARK, watermark);
        add(headers, BY, Duration.ofMillis(watermark.toEpochMilli() - arrival.at()));
        return headers;
    }

    private static KafkaRecord record(KafkaRecord record, Headers headers) {
        return new KafkaRecord(
                record.topic(),
                record.partition(),
                record.offset(),
                KafkaRecord.NO_TIMESTAMP,
                record.key(),
                record.value(),
                headers);
    }

    private static void add(Headers headers, String name, Object value) {
        headers.add(name, value.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The last header of this name: the window job has added its own behind those that were there. */
    static String text(KafkaRecord record, String name) throws UnreadableReadingException {
        Header header = record.headers().lastHeader(name);
        if (header == null || header.value() == null) {
            throw new UnreadableReadingException("not-a-late-record", "it has no header " + name);
        }
        return new String(header.value(), StandardCharsets.UTF_8);
    }

    static Instant instant(KafkaRecord record, String name) throws UnreadableReadingException {
        String text = text(record, name);
        try {
            return Instant.ofEpochMilli(IsoTime.millis(text));
        } catch (DateTimeException e) {
            throw new UnreadableReadingException("not-a-late-record", "its header " + name + " is no instant: " + text);
        }
    }
}
