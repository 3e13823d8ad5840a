package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.KafkaRecord;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** The vocabulary of the tests: {@code reading("s-1").at("10:00:05").celsius("21.4").on(partition, offset)}. */
final class Readings {

    static final String TOPIC = "readings";

    private static final String DAY = "2026-01-01T";

    private Readings() {}

    /** 20 degrees at 10:00:00, at the beginning of partition 0. */
    static Reading reading(String sensor) {
        Instant ten = time("10:00:00");
        return new Reading(sensor, ten, ten, "20", 0, 0, null, List.of());
    }

    /** On the day of all tests, {@code 10:00:05} or {@code 10:00:05.123}. */
    static Instant time(String time) {
        return Instant.parse(DAY + time + "Z");
    }

    static long millis(String time) {
        return time(time).toEpochMilli();
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Windows of a minute. */
    static LatenessPolicy minutes(Duration allowedLateness) {
        return LatenessPolicy.of(Duration.ofMinutes(1), allowedLateness);
    }

    /** {@code s-1 10:00-10:01 count 2 min 20 max 21.4 sum 41.4 window 1}: whose, when, what, by which job, and the revision. */
    static String line(WindowResult result) {
        Totals totals = result.totals();
        return "%s %s-%s count %d min %s max %s sum %s %s %d"
                .formatted(
                        result.sensor(),
                        clock(result.from()),
                        clock(result.to()),
                        totals.count(),
                        totals.min().toPlainString(),
                        totals.max().toPlainString(),
                        totals.sum().toPlainString(),
                        result.origin(),
                        result.revision());
    }

    private static String clock(Instant time) {
        return time.atOffset(ZoneOffset.UTC).toLocalTime().toString();
    }

    static String header(KafkaRecord record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    /** {@code readings-0@3}: where a late record or a dead letter stood. */
    static String place(KafkaRecord record) {
        return record.topic() + "-" + record.partition() + "@" + record.offset();
    }

    private record HeaderOf(String name, byte[] value) {}

    record Reading(
            String sensor,
            Instant time,
            Instant stamp,
            String celsius,
            int partition,
            long offset,
            byte[] key,
            List<HeaderOf> headers) {

        /** Measured at this time, and stamped with it by Kafka. */
        Reading at(String time) {
            return at(Readings.time(time));
        }

        Reading at(Instant time) {
            return new Reading(sensor, time, time, celsius, partition, offset, key, headers);
        }

        /** Kafka's timestamp where it is not the time of measurement. */
        Reading stampedAt(String stamp) {
            return new Reading(sensor, time, Readings.time(stamp), celsius, partition, offset, key, headers);
        }

        /** A piece of JSON: {@code 21.40} or {@code 2e1}. */
        Reading celsius(String celsius) {
            return new Reading(sensor, time, stamp, celsius, partition, offset, key, headers);
        }

        Reading on(int partition, long offset) {
            return new Reading(sensor, time, stamp, celsius, partition, offset, key, headers);
        }

        Reading keyed(String key) {
            return new Reading(sensor, time, stamp, celsius, partition, offset, utf8(key), headers);
        }

        /** One more header; the same name may come again, and its value may be null. */
        Reading header(String name, String value) {
            List<HeaderOf> more = new ArrayList<>(headers);
            more.add(new HeaderOf(name, value == null ? null : utf8(value)));
            return new Reading(sensor, time, stamp, celsius, partition, offset, key, List.copyOf(more));
        }

        byte[] value() {
            return utf8(String.format(
                    Locale.ROOT, "{\"sensor\":\"%s\",\"at\":\"%s\",\"celsius\":%s}", sensor, time, celsius));
        }

        /** As the job reads it. */
        KafkaRecord record() {
            return new KafkaRecord(TOPIC, partition, offset, stamp.toEpochMilli(), key, value(), kafkaHeaders());
        }

        Arrival arrival() {
            return Arrival.of(record(), sensor, time.toEpochMilli(), new BigDecimal(celsius).stripTrailingZeros());
        }

        /** As the sensor writes it. */
        ProducerRecord<byte[], byte[]> to(String topic) {
            return new ProducerRecord<>(topic, partition, stamp.toEpochMilli(), key, value(), kafkaHeaders());
        }

        private Headers kafkaHeaders() {
            Headers all = new RecordHeaders();
            headers.forEach(header -> all.add(header.name(), header.value()));
            return all;
        }
    }
}
