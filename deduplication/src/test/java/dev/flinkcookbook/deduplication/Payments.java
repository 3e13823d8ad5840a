package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.common.KafkaRecord;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** The vocabulary of the tests: {@code payment("p-1").at("10:00:05").on(partition, offset)}. */
final class Payments {

    static final String TOPIC = "payments";

    private static final String DAY = "2026-01-01T";

    private Payments() {}

    /** A payment of account a-7 at 10:00:00, at the beginning of partition 0. */
    static Payment payment(String id) {
        return new Payment("\"" + id + "\"", "a-7", time("10:00:00"), time("10:00:00"), null, 0, 0, null, List.of());
    }

    /** A payment whose id is this piece of JSON: {@code 1}, {@code true}, {@code null}. */
    static Payment paymentWithId(String json) {
        return new Payment(json, "a-7", time("10:00:00"), time("10:00:00"), null, 0, 0, null, List.of());
    }

    /** On the day of all tests, {@code 10:00:05} or {@code 10:00:05.123}. */
    static Instant time(String time) {
        return Instant.parse(DAY + time + "Z");
    }

    static long millis(String time) {
        return time(time).toEpochMilli();
    }

    private record HeaderOf(String name, byte[] value) {}

    /** @param id a piece of JSON, as is {@code version} */
    record Payment(
            String id,
            String account,
            Instant createdAt,
            Instant stamp,
            String version,
            int partition,
            long offset,
            byte[] key,
            List<HeaderOf> headers) {

        /** Created at this time, and stamped with it by Kafka. */
        Payment at(String time) {
            return at(time(time));
        }

        Payment at(Instant time) {
            return new Payment(id, account, time, time, version, partition, offset, key, headers);
        }

        /** Kafka's timestamp where it is not the time of creation. */
        Payment stampedAt(String time) {
            return new Payment(id, account, createdAt, time(time), version, partition, offset, key, headers);
        }

        Payment on(int partition, long offset) {
            return new Payment(id, account, createdAt, stamp, version, partition, offset, key, headers);
        }

        /** A piece of JSON: {@code 2} or {@code "2026-01-01T00:00:00Z"}. */
        Payment version(String version) {
            return new Payment(id, account, createdAt, stamp, version, partition, offset, key, headers);
        }

        Payment ofAccount(String account) {
            return new Payment(id, account, createdAt, stamp, version, partition, offset, key, headers);
        }

        Payment keyed(String key) {
            return new Payment(id, account, createdAt, stamp, version, partition, offset, utf8(key), headers);
        }

        /** One more header; the same name may come again, and its value may be null. */
        Payment header(String name, String value) {
            List<HeaderOf> more = new ArrayList<>(headers);
            more.add(new HeaderOf(name, value == null ? null : utf8(value)));
            return new Payment(id, account, createdAt, stamp, version, partition, offset, key, List.copyOf(more));
        }

        byte[] value() {
            return utf8(
                    "{\"paymentId\":%s,\"account\":\"%s\",\"amount\":\"12.50\",\"currency\":\"EUR\",\"createdAt\":\"%s\"%s}"
                            .formatted(id, account, createdAt, version == null ? "" : ",\"version\":" + version));
        }

        /** As the job reads it. */
        KafkaRecord record() {
            return new KafkaRecord(TOPIC, partition, offset, stamp.toEpochMilli(), key, value(), kafkaHeaders());
        }

        /** As the application writes it. */
        ProducerRecord<byte[], byte[]> to(String topic) {
            return new ProducerRecord<>(topic, partition, stamp.toEpochMilli(), key, value(), kafkaHeaders());
        }

        private Headers kafkaHeaders() {
            Headers all = new RecordHeaders();
            headers.forEach(header -> all.add(header.name(), header.value()));
            return all;
        }
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
