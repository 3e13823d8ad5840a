package dev.flinkcookbook.deduplication;

import com.google.common.hash.BloomFilter;
import java.time.Duration;

/**
 * Knows of an id that it is certainly new, so that RocksDB need not be asked: most ids are. Only a hint on the heap, in no checkpoint, and never wrong: when in doubt, ask.
 *
 * <p>Two Bloom filters take turns, each for longer than the retention, so that whatever has an entry in state is in one of
 * them. That fails for entries from before a restore, and when more ids come than the filters take; then nothing is certain
 * until all such entries have expired.
 */
final class NewIds {

    /** Of each of the two filters: at most two in a hundred new ids are asked for in vain. */
    private static final double FALSE_POSITIVE_RATE = 0.01;

    /** Entries may carry the time of another machine, whose clock is ahead of ours. */
    private static final Duration CLOCK_MARGIN = Duration.ofMinutes(1);

    private final int capacity;
    private final long period;

    private BloomFilter<Id> current;
    private BloomFilter<Id> previous;
    private int inCurrent;
    private int inPrevious;
    private long currentSince;
    private long certainFrom;

    /**
     * @param capacity how many ids each filter takes, at about 1.2 bytes; 0 to be certain of nothing
     * @param restored whether there is state that this filter knows nothing of
     * @param now the machine's time in milliseconds
     */
    NewIds(int capacity, Duration retention, boolean restored, long now) {
        this.capacity = capacity;
        this.period = retention.plus(CLOCK_MARGIN).toMillis();
        this.certainFrom = capacity == 0 ? Long.MAX_VALUE : restored ? now + period : Long.MIN_VALUE;
        retireCurrent(now);
        retireCurrent(now);
    }

    boolean isCertainlyNew(Id id, long now) {
        return now >= certainFrom && !current.mightContain(id) && !previous.mightContain(id);
    }

    /** To be called for each id that gets an entry in state, at the time when it does. */
    void remember(Id id, long now) {
        if (capacity == 0) {
            return;
        }
        if (now - currentSince >= period) {
            retireCurrent(now);
        } else if (inCurrent == capacity) {
            if (inPrevious > 0) {
                // The ids of the filter that is dropped now may still have entries, all of which end within one period.
                certainFrom = now + period;
            }
            retireCurrent(now);
        }
        current.put(id);
        inCurrent++;
    }

    private void retireCurrent(long now) {
        previous = current;
        inPrevious = inCurrent;
        current = BloomFilter.create(SeenIds.FUNNEL, capacity, FALSE_POSITIVE_RATE);
        inCurrent = 0;
        currentSince = now;
    }
}
