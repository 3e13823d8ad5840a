package dev.flinkcookbook.deduplication;

import com.dynatrace.hash4j.hashing.HashStream128;
import com.dynatrace.hash4j.hashing.Hashing;
import com.fasterxml.jackson.core.JsonPointer;
import dev.flinkcookbook.common.KafkaRecord;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the id of an event, and its time or version where the strategy needs one. Not thread-safe: one for each subtask.
 *
 * <p>No two ids collide by spelling: {@code 1} is not {@code "1"}, {@code 1.0} is {@code 1}, and each part of a composite id
 * is hashed with its type and length, so that {@code ("ab","c")} is not {@code ("a","bc")}.
 */
final class OccurrenceReader {

    // Only years of four digits: what lies beyond is a bug of the producer, and sums with it could overflow.
    private static final long EARLIEST_EVENT_TIME =
            Instant.parse("0001-01-01T00:00:00Z").toEpochMilli();
    private static final long LATEST_EVENT_TIME =
            Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();

    private final EventFields fields;
    private final FieldReader reader;
    private final int idParts;
    private final HashStream128 hash = Hashing.xxh3_128().hashStream();

    OccurrenceReader(EventFields fields) {
        this.fields = fields;
        this.idParts = fields.ids().size();
        List<JsonPointer> pointers = new ArrayList<>();
        fields.ids().forEach(pointer -> pointers.add(JsonPointer.compile(pointer)));
        fields.time().ifPresent(time -> pointers.add(JsonPointer.compile(time.pointer())));
        fields.version().ifPresent(pointer -> pointers.add(JsonPointer.compile(pointer)));
        this.reader = new FieldReader(pointers);
    }

    /** Never throws for bad data: what cannot be read comes back with its fault. */
    Occurrence read(KafkaRecord record) {
        try {
            if (record.value() == null) {
                throw new UnreadableEventException("no-value", "the record has no value");
            }
            Object[] values = reader.read(record.value());
            Id id = id(values);
            long eventTime = fields.time().isPresent()
                    ? eventTime(values[idParts], record, fields.time().get())
                    : Occurrence.NO_EVENT_TIME;
            Version version = fields.version().isPresent()
                    ? version(values[values.length - 1], fields.version().get())
                    : null;
            return new Occurrence(record, id, eventTime, version, null);
        } catch (UnreadableEventException e) {
            return Occurrence.unreadable(record, e.reason(), e.getMessage());
        }
    }

    /** The values of the id fields of a record that {@link #read} has found readable. */
    Object[] idValues(KafkaRecord record) {
        try {
            return Arrays.copyOf(reader.read(record.value()), idParts);
        } catch (UnreadableEventException e) {
            throw new IllegalStateException(record + " was readable before", e);
        }
    }

    private Id id(Object[] values) throws UnreadableEventException {
        hash.reset();
        boolean blank = true;
        for (int i = 0; i < idParts; i++) {
            Object value = values[i];
            if (value == null) {
                throw new UnreadableEventException("id-missing", fields.ids().get(i) + " is missing or null");
            }
            blank &= "".equals(value);
            putIntoHash(value, fields.ids().get(i));
        }
        if (blank) {
            // A producer that leaves the id empty would otherwise see its second event dropped as a duplicate.
            throw new UnreadableEventException("id-missing", String.join(", ", fields.ids()) + " is empty");
        }
        return Id.of(hash.get());
    }

    private void putIntoHash(Object value, String pointer) throws UnreadableEventException {
        if (value instanceof String text) {
            if (hasLoneSurrogate(text)) {
                throw new UnreadableEventException("field-wrong-type", pointer + " is not valid Unicode");
            }
            hash.putByte((byte) 's').putInt(text.length()).putChars(text);
        } else if (value instanceof Long number) {
            hash.putByte((byte) 'n').putLong(number);
        } else if (value instanceof BigDecimal number) {
            byte[] unscaled = number.unscaledValue().toByteArray();
            hash.putByte((byte) 'd')
                    .putInt(number.scale())
                    .putInt(unscaled.length)
                    .putBytes(unscaled);
        } else {
            hash.putByte((byte) 'b').putBoolean((Boolean) value);
        }
    }

    private static boolean hasLoneSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return true;
            }
        }
        return false;
    }

    private static long eventTime(Object value, KafkaRecord record, EventFields.Time time)
            throws UnreadableEventException {
        long eventTime = milliseconds(value, time.pointer());
        // Without Kafka's timestamp the only clock left to compare with is ours.
        long clock = record.timestamp() >= 0 ? record.timestamp() : System.currentTimeMillis();
        if (eventTime - clock > time.maxClockSkew().toMillis()) {
            throw new UnreadableEventException(
                    "time-ahead-of-clock",
                    "%s is %s, %s ahead of the record's timestamp; allowed are %s"
                            .formatted(
                                    time.pointer(),
                                    Instant.ofEpochMilli(eventTime),
                                    Duration.ofMillis(eventTime - clock),
                                    time.maxClockSkew()));
        }
        return eventTime;
    }

    private static long milliseconds(Object value, String pointer) throws UnreadableEventException {
        if (value == null) {
            throw new UnreadableEventException("time-missing", pointer + " is missing or null");
        }
        try {
            long millis = value instanceof Long number
                    ? number
                    : OffsetDateTime.parse((String) value).toInstant().toEpochMilli();
            if (millis >= EARLIEST_EVENT_TIME && millis <= LATEST_EVENT_TIME) {
                return millis;
            }
        } catch (DateTimeException | ArithmeticException | ClassCastException e) {
            // falls through to the one description of what is expected
        }
        throw new UnreadableEventException(
                "field-wrong-type", pointer + " is neither an ISO-8601 instant nor milliseconds since the epoch");
    }

    private static Version version(Object value, String pointer) throws UnreadableEventException {
        if (value == null) {
            throw new UnreadableEventException("version-missing", pointer + " is missing or null");
        }
        if (value instanceof Long integer) {
            return Version.of(integer);
        }
        try {
            return Version.of(OffsetDateTime.parse((String) value).toInstant());
        } catch (DateTimeException | ClassCastException e) {
            throw new UnreadableEventException(
                    "field-wrong-type", pointer + " is neither an integer of 64 bits nor an ISO-8601 instant");
        }
    }
}
