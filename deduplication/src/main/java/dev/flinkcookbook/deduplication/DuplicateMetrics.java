package dev.flinkcookbook.deduplication;

import com.codahale.metrics.ExponentiallyDecayingReservoir;
import org.apache.flink.dropwizard.metrics.DropwizardHistogramWrapper;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;

/**
 * What an operator of this job watches: {@code recordsForwarded}, {@code duplicatesDropped} and {@code duplicateGapMs}, the
 * time between an event and its duplicate, which says how long the retention must be: by Kafka's timestamps, in event time by
 * the events' own. Only keep-first fills the histogram.
 */
final class DuplicateMetrics {

    private final Counter forwarded;
    private final Counter dropped;
    private final Histogram gap;

    DuplicateMetrics(MetricGroup group) {
        // Records that went on to the output topic. Worry: it stands still while the input does not.
        forwarded = group.counter("recordsForwarded");
        // Records whose id was seen before, within the retention. Worry: its share of all records changes suddenly.
        dropped = group.counter("duplicatesDropped");
        // Time between an event and its duplicate. Worry: its maximum comes near the retention.
        gap = group.histogram(
                "duplicateGapMs",
                new DropwizardHistogramWrapper(
                        new com.codahale.metrics.Histogram(new ExponentiallyDecayingReservoir())));
    }

    void forwarded() {
        forwarded.inc();
    }

    void dropped() {
        dropped.inc();
    }

    /** Partitions interleave, so the copy that was sent first may come second: only the distance counts. */
    void droppedAfter(long gapMillis) {
        dropped.inc();
        gap.update(Math.abs(gapMillis));
    }
}
