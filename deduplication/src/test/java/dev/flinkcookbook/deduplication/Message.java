package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.deduplication.Payments.Payment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;

/**
 * All that a record carries through Kafka, as text that a failed assertion can show: a character for each byte, so two are
 * equal if and only if all their bytes are.
 */
record Message(String key, String value, List<String> headers, long timestamp) {

    static Message of(ConsumerRecord<byte[], byte[]> record) {
        return new Message(text(record.key()), text(record.value()), headers(record.headers()), record.timestamp());
    }

    static Message of(KafkaRecord record) {
        return new Message(text(record.key()), text(record.value()), headers(record.headers()), record.timestamp());
    }

    static Message of(Payment payment) {
        return of(payment.record());
    }

    static List<Message> all(Payment... payments) {
        return List.of(payments).stream().map(Message::of).toList();
    }

    static List<Message> all(List<ConsumerRecord<byte[], byte[]>> records) {
        return records.stream().map(Message::of).toList();
    }

    private static List<String> headers(Headers headers) {
        List<String> all = new ArrayList<>();
        headers.forEach(header -> all.add(header.key() + "=" + text(header.value())));
        return all;
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
