package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.common.SerializedType;
import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * What is known of a row.
 *
 * @param row as JSON; null if it is deleted
 * @param refers as in {@link Change}
 * @param forgetAt of a deleted row, in milliseconds since the epoch; else 0
 * @param first whether it is of the first transaction after a snapshot, so that nobody knows whether the snapshot has seen it
 */
@TypeInfo(RowVersion.InfoFactory.class)
record RowVersion(Position position, byte[] row, String refers, long forgetAt, boolean first) {

    boolean isDeleted() {
        return row == null;
    }

    /** Flink asks this for the type of the state. */
    public static final class InfoFactory extends TypeInfoFactory<RowVersion> {
        @Override
        public TypeInformation<RowVersion> createTypeInfo(Type type, Map<String, TypeInformation<?>> parameters) {
            return new SerializedType<>(RowVersion.class, RowVersionSerializer.INSTANCE);
        }
    }
}
