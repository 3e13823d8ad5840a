package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.common.SerializedType;
import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * One arrival of an event: the record as it was read, and what was read out of it, or why nothing could be.
 *
 * @param record the original bytes
 * @param id null if the record cannot be read
 * @param eventTime milliseconds since the epoch; {@link #NO_EVENT_TIME} unless occurrences are judged in event time
 * @param version null unless the latest version is kept
 * @param fault null, or why the record is a dead letter
 */
@TypeInfo(Occurrence.InfoFactory.class)
public record Occurrence(KafkaRecord record, Id id, long eventTime, Version version, Fault fault) {

    /** Flink's "no timestamp": it moves no watermark. */
    static final long NO_EVENT_TIME = Long.MIN_VALUE;

    /**
     * @param reason the stable word of the dead letter
     * @param message what is wrong, for a person
     */
    public record Fault(String reason, String message) {}

    static Occurrence unreadable(KafkaRecord record, String reason, String message) {
        return new Occurrence(record, null, NO_EVENT_TIME, null, new Fault(reason, message));
    }

    boolean isReadable() {
        return fault == null;
    }

    public static final class InfoFactory extends TypeInfoFactory<Occurrence> {
        @Override
        public TypeInformation<Occurrence> createTypeInfo(Type type, Map<String, TypeInformation<?>> parameters) {
            return new SerializedType<>(Occurrence.class, OccurrenceSerializer.INSTANCE);
        }
    }
}
