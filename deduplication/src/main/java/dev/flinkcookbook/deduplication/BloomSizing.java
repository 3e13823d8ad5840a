package dev.flinkcookbook.deduplication;

import com.google.common.hash.BloomFilter;
import java.io.Serializable;

/**
 * How ids are spread over buckets, each with filters small enough to be read and written whole.
 *
 * @param buckets into how many buckets the ids fall
 * @param capacity how many ids each of a bucket's two filters takes
 * @param falsePositiveRate of both filters together
 */
record BloomSizing(int buckets, int capacity, double falsePositiveRate) implements Serializable {

    /** About 3 kB for each filter at a rate of 0.0001. */
    private static final long IDS_PER_BUCKET = 1_000;

    /** Enough to spread over the subtasks evenly. */
    private static final long FEWEST_BUCKETS = 1_024;

    /**
     * How far the fullest bucket may lie above the mean, in standard deviations of its Poisson-distributed load: at a million
     * buckets the chance that any is fuller is about 0.001. Around a small mean the tail is longer, so as many ids are added.
     */
    private static final double MARGIN = 6;

    /** @param expectedIds distinct ids within one retention, over all subtasks */
    static BloomSizing of(long expectedIds, double falsePositiveRate) {
        long buckets = Math.max(FEWEST_BUCKETS, (expectedIds + IDS_PER_BUCKET - 1) / IDS_PER_BUCKET);
        double mean = (double) expectedIds / buckets;
        int capacity = (int) Math.ceil(mean + MARGIN * Math.sqrt(mean) + MARGIN);
        return new BloomSizing(Math.toIntExact(buckets), capacity, falsePositiveRate);
    }

    int bucketOf(Id id) {
        return (int) Long.remainderUnsigned(id.high(), buckets);
    }

    BloomFilter<Id> emptyFilter() {
        // Either of the two filters may err, so each gets half of the rate.
        return BloomFilter.create(SeenIds.FUNNEL, capacity, falsePositiveRate / 2);
    }
}
