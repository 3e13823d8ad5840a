package dev.flinkcookbook.deduplication;

import com.google.common.hash.BloomFilter;
import com.google.common.hash.Funnel;
import dev.flinkcookbook.common.SerializedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * The ids of one bucket, approximately: two Bloom filters that take turns. An id is remembered for at least the retention
 * and at most twice that, and the memory stays the same whatever the number of ids.
 *
 * <p>A full filter is retired early. Then ids are forgotten sooner, and a late duplicate may pass; the alternative, to go on
 * filling it, would raise the rate of false positives, each of which loses an event.
 */
@TypeInfo(SeenIds.InfoFactory.class)
public final class SeenIds {

    /** Both halves are well-mixed hash bits; Guava mixes them once more. */
    static final Funnel<Id> FUNNEL = (id, sink) -> sink.putLong(id.high()).putInt(id.low());

    enum Answer {
        NEW,
        NEW_AND_RETIRED_EARLY,
        SEEN
    }

    final BloomFilter<Id>[] filters;
    int inCurrent;
    /** Of the current filter, which may have been made for another {@code --expected-ids}. */
    int capacity;

    long currentSince;

    /** Starts with nothing seen, at {@code now} in milliseconds. */
    SeenIds(BloomSizing sizing, long now) {
        this(sizing.emptyFilter(), sizing.emptyFilter(), 0, sizing.capacity(), now);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    SeenIds(BloomFilter<Id> current, BloomFilter<Id> previous, int inCurrent, int capacity, long currentSince) {
        this.filters = new BloomFilter[] {current, previous};
        this.inCurrent = inCurrent;
        this.capacity = capacity;
        this.currentSince = currentSince;
    }

    /** Looks the id up and remembers it if it is new. */
    Answer add(Id id, long now, Duration retention, BloomSizing sizing) {
        long age = now - currentSince;
        if (age >= 2 * retention.toMillis()) {
            filters[0] = sizing.emptyFilter(); // every id in it is older than the retention too
            retireCurrent(now, sizing);
        } else if (age >= retention.toMillis()) {
            // Not since now: in silence nothing retires a filter, and its ids would live up to three retentions.
            retireCurrent(currentSince + retention.toMillis(), sizing);
        }
        if (filters[0].mightContain(id) || filters[1].mightContain(id)) {
            return Answer.SEEN;
        }
        boolean full = inCurrent >= capacity;
        if (full) {
            retireCurrent(now, sizing);
        }
        filters[0].put(id);
        inCurrent++;
        return full ? Answer.NEW_AND_RETIRED_EARLY : Answer.NEW;
    }

    private void retireCurrent(long nextSince, BloomSizing sizing) {
        filters[1] = filters[0];
        filters[0] = sizing.emptyFilter();
        inCurrent = 0;
        capacity = sizing.capacity();
        currentSince = nextSince;
    }

    SeenIds copy() {
        return new SeenIds(filters[0].copy(), filters[1].copy(), inCurrent, capacity, currentSince);
    }

    public static final class InfoFactory extends TypeInfoFactory<SeenIds> {
        @Override
        public TypeInformation<SeenIds> createTypeInfo(Type type, Map<String, TypeInformation<?>> parameters) {
            return new SerializedType<>(SeenIds.class, SeenIdsSerializer.INSTANCE);
        }
    }
}
