package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.KafkaRecord;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * What a record says of a sensor's window.
 *
 * @param record as it was read
 * @param kind null if the record cannot be read, as are the following
 * @param from the start of the window
 * @param to its end
 * @param totals of the published result, or of the one reading
 * @param revision of the published result; 0 for a late reading
 * @param place where a late reading stood in the input; null for a result
 * @param time as the window job tells it: the last moment of a published window, the watermark that made a reading late
 * @param fault null, or why the record is a dead letter
 */
public record WindowPart(
        KafkaRecord record,
        Kind kind,
        String sensor,
        Instant from,
        Instant to,
        Totals totals,
        long revision,
        String place,
        long time,
        Arrival.Fault fault) {

    /** What kind of part it is. */
    public enum Kind {
        /** The window job has published it. */
        RESULT,
        /** The window job has published it, and a correction has taken its place and carries it. */
        CORRECTED_RESULT,
        /** It came too late for the window job. */
        LATE_READING
    }

    static WindowPart of(KafkaRecord record, Kind kind, WindowResult result) {
        return new WindowPart(
                record,
                kind,
                result.sensor(),
                result.from(),
                result.to(),
                result.totals(),
                result.revision(),
                null,
                result.to().toEpochMilli() - 1,
                null);
    }

    static WindowPart unreadable(KafkaRecord record, String reason, String message) {
        Arrival.Fault fault = new Arrival.Fault(reason, message);
        return new WindowPart(record, null, null, null, null, null, 0, null, Arrival.NO_TIME, fault);
    }

    boolean isReadable() {
        return fault == null;
    }

    boolean isLateReading() {
        return kind == Kind.LATE_READING;
    }

    /** Sensor and window, as in the topic of results. */
    String key() {
        return new String(WindowResultJson.key(sensor, from, to), StandardCharsets.UTF_8);
    }
}
