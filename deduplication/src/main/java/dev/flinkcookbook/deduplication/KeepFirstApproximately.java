package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.common.KafkaRecord;
import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Forwards the first occurrence of each id in memory that does not grow with the number of ids. <b>A false positive loses an
 * event</b>: one that never was there before is dropped as a duplicate, at the rate that was asked for.
 */
final class KeepFirstApproximately extends KeyedProcessFunction<Integer, Occurrence, KafkaRecord> {

    private final Duration retention;
    private final BloomSizing sizing;

    private transient ValueState<SeenIds> seenIds;
    private transient DuplicateMetrics metrics;
    private transient Counter retiredEarly;

    KeepFirstApproximately(Duration retention, BloomSizing sizing) {
        this.retention = retention;
        this.sizing = sizing;
    }

    @Override
    public void open(OpenContext context) {
        ValueStateDescriptor<SeenIds> descriptor =
                new ValueStateDescriptor<>("seen-ids", TypeInformation.of(SeenIds.class));
        // The older of a bucket's filters covers up to a second retention.
        descriptor.enableTimeToLive(Retention.since(retention.multipliedBy(2)).build());
        seenIds = getRuntimeContext().getState(descriptor);
        metrics = new DuplicateMetrics(getRuntimeContext().getMetricGroup());
        // Filters that were full before the retention was over. Worry: it grows: expect more ids than were planned for.
        retiredEarly = getRuntimeContext().getMetricGroup().counter("filtersRetiredEarly");
    }

    @Override
    public void processElement(Occurrence occurrence, Context context, Collector<KafkaRecord> out) throws Exception {
        long now = context.timerService().currentProcessingTime();
        SeenIds seen = seenIds.value();
        if (seen == null) {
            seen = new SeenIds(sizing, now);
        }
        switch (seen.add(occurrence.id(), now, retention, sizing)) {
            case SEEN -> {
                metrics.dropped();
                context.output(KeepFirst.DUPLICATES, occurrence.record());
                return;
            }
            case NEW_AND_RETIRED_EARLY -> retiredEarly.inc();
            case NEW -> {}
        }
        seenIds.update(seen);
        metrics.forwarded();
        out.collect(occurrence.record());
    }
}
