package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.common.SerializedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * A record that has arrived, and the reading in it, or why there is none.
 *
 * @param record the original bytes: a late reading leaves the job as it came
 * @param sensor null if there is no reading
 * @param at when it was measured, in milliseconds since the epoch; {@link #NO_TIME} if there is no reading
 * @param celsius null if there is no reading
 * @param fault null, or why the record is a dead letter
 */
@TypeInfo(Arrival.InfoFactory.class)
public record Arrival(KafkaRecord record, String sensor, long at, BigDecimal celsius, Fault fault) {

    /** Flink's "no timestamp": it moves no watermark. */
    static final long NO_TIME = Long.MIN_VALUE;

    /**
     * @param reason the stable word of the dead letter
     * @param message what is wrong, for a person
     */
    public record Fault(String reason, String message) {}

    static Arrival of(KafkaRecord record, String sensor, long at, BigDecimal celsius) {
        return new Arrival(record, sensor, at, celsius, null);
    }

    static Arrival unreadable(KafkaRecord record, String reason, String message) {
        return new Arrival(record, null, NO_TIME, null, new Fault(reason, message));
    }

    boolean isReadable() {
        return fault == null;
    }

    public static final class InfoFactory extends TypeInfoFactory<Arrival> {
        @Override
        public TypeInformation<Arrival> createTypeInfo(Type type, Map<String, TypeInformation<?>> parameters) {
            return new SerializedType<>(Arrival.class, ArrivalSerializer.INSTANCE);
        }
    }
}
