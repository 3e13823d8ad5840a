package dev.flinkcookbook.common;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Records that cannot be processed go to a topic of their own, whole: the original key, value and headers, and further
 * headers that say where the record stood and what was wrong with it.
 */
public final class DeadLetters {

    public static final String TOPIC = "dead-letter.topic";
    public static final String PARTITION = "dead-letter.partition";
    public static final String OFFSET = "dead-letter.offset";
    public static final String TIMESTAMP = "dead-letter.timestamp";
    public static final String REASON = "dead-letter.reason";
    public static final String MESSAGE = "dead-letter.message";

    /** Room for a sentence, and far below Kafka's limit of a record. */
    public static final int MESSAGE_BYTES = 1024;

    private DeadLetters() {}

    /**
     * The record as a dead letter. It carries no timestamp, so that the producer stamps it with the time of its arrival: an
     * old or invented one would hand it to the topic's retention at once. The original timestamp is in the headers.
     *
     * @param reason one stable, kebab-case word, to be filtered and alerted by
     * @param message what was wrong, for a person; cut after 1 kB of UTF-8
     */
    public static KafkaRecord of(KafkaRecord record, String reason, String message) {
        Headers headers = new RecordHeaders(record.headers().toArray());
        headers.add(TOPIC, utf8(record.topic()));
        headers.add(PARTITION, utf8(Integer.toString(record.partition())));
        headers.add(OFFSET, utf8(Long.toString(record.offset())));
        headers.add(TIMESTAMP, utf8(Long.toString(record.timestamp())));
        headers.add(REASON, utf8(reason));
        headers.add(MESSAGE, utf8(message));
        return new KafkaRecord(
                record.topic(),
                record.partition(),
                record.offset(),
                KafkaRecord.NO_TIMESTAMP,
                record.key(),
                record.value(),
                headers);
    }

    /** At most {@link #MESSAGE_BYTES} bytes, never half a character. */
    private static byte[] utf8(String text) {
        CharsetEncoder encoder = StandardCharsets.UTF_8
                .newEncoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        ByteBuffer bytes = ByteBuffer.allocate(MESSAGE_BYTES);
        encoder.encode(CharBuffer.wrap(text), bytes, true);
        return Arrays.copyOf(bytes.array(), bytes.position());
    }
}
