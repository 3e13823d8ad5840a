package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.common.KafkaRecord;
import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Forwards the first occurrence of each id when it arrives and drops later ones, until the retention, counted from that
 * first one by the clock of the machine, has passed.
 */
final class KeepFirst extends KeyedProcessFunction<Id, Occurrence, KafkaRecord> {

    static final OutputTag<KafkaRecord> DUPLICATES = new OutputTag<>("duplicates") {};

    /** A histogram needs a sample only, and a time for each id would be a sixth of the state in RocksDB. */
    private static final int IDS_PER_SAMPLE = 16;

    private static final int NOT_SAMPLED = 0;

    private final Duration retention;

    /** Kafka's time of the first occurrence for one id in sixteen; for the others a constant, which compresses well. */
    private transient ValueState<Integer> firstSeen;

    private transient DuplicateMetrics metrics;

    KeepFirst(Duration retention) {
        this.retention = retention;
    }

    @Override
    public void open(OpenContext context) {
        ValueStateDescriptor<Integer> descriptor = new ValueStateDescriptor<>("first-seen", Types.INT);
        descriptor.enableTimeToLive(Retention.since(retention).build());
        firstSeen = getRuntimeContext().getState(descriptor);
        metrics = new DuplicateMetrics(getRuntimeContext().getMetricGroup());
    }

    @Override
    public void processElement(Occurrence occurrence, Context context, Collector<KafkaRecord> out) throws Exception {
        KafkaRecord record = occurrence.record();
        Integer first = firstSeen.value();
        if (first == null) {
            // Written once for each id, never again: a duplicate does not prolong the retention.
            firstSeen.update(isSampled(occurrence.id()) ? CoarseTime.of(record.timestamp()) : NOT_SAMPLED);
            metrics.forwarded();
            out.collect(record);
        } else {
            if (isSampled(occurrence.id())) {
                metrics.droppedAfter(CoarseTime.millisBetween(first, CoarseTime.of(record.timestamp())));
            } else {
                metrics.dropped();
            }
            context.output(DUPLICATES, record);
        }
    }

    static boolean isSampled(Id id) {
        return Integer.remainderUnsigned(id.low(), IDS_PER_SAMPLE) == 0;
    }
}
