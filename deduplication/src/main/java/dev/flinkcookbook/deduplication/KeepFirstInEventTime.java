package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.util.Collector;

/**
 * Forwards the first occurrence of each id in the order (event time, partition, offset), and drops those less than the
 * retention later. An occurrence waits until the watermark has passed it: only then has everything before it arrived. So a
 * replay of the same records gives the same answer, however its partitions interleave.
 */
final class KeepFirstInEventTime extends KeyedProcessFunction<Id, Occurrence, KafkaRecord>
        implements CheckpointedFunction {

    private static final Comparator<Occurrence> ORDER = Comparator.comparingLong(Occurrence::eventTime)
            .thenComparing(occurrence -> occurrence.record().topic())
            .thenComparingInt(occurrence -> occurrence.record().partition())
            .thenComparingLong(occurrence -> occurrence.record().offset());

    private final long retentionMillis;

    /** Arrived, and not yet passed by the watermark. */
    private transient ListState<Occurrence> waiting;

    /** The event time of the occurrence that was forwarded; a timer clears it when its retention has passed. */
    private transient ValueState<Long> firstTime;

    private transient ListState<Long> highestWatermarkState;
    private transient long highestWatermark;

    private transient DuplicateMetrics metrics;
    private transient Counter deadLetters;

    KeepFirstInEventTime(Duration retention) {
        this.retentionMillis = retention.toMillis();
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        // After a failure watermarks begin again at their minimum. What was too late before would be judged a second
        // time,
        // with its first occurrence perhaps forgotten; so the highest watermark is remembered.
        highestWatermarkState = context.getOperatorStateStore()
                .getUnionListState(new ListStateDescriptor<>("highest-watermark", Types.LONG));
        highestWatermark = Long.MIN_VALUE;
        for (long watermark : highestWatermarkState.get()) {
            highestWatermark = Math.max(highestWatermark, watermark);
        }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        highestWatermarkState.update(List.of(highestWatermark));
    }

    @Override
    public void open(OpenContext context) {
        waiting = getRuntimeContext()
                .getListState(new ListStateDescriptor<>("waiting", TypeInformation.of(Occurrence.class)));
        firstTime = getRuntimeContext().getState(new ValueStateDescriptor<>("first-time", Types.LONG));
        metrics = new DuplicateMetrics(getRuntimeContext().getMetricGroup());
        // Records that came behind the watermark and went to the dead letter topic. Worry: it grows.
        deadLetters = getRuntimeContext().getMetricGroup().counter("deadLetters");
    }

    @Override
    public void processElement(Occurrence occurrence, Context context, Collector<KafkaRecord> out) throws Exception {
        highestWatermark = Math.max(highestWatermark, context.timerService().currentWatermark());
        if (occurrence.eventTime() <= highestWatermark) {
            deadLetters.inc();
            context.output(
                    SplitOutDeadLetters.DEAD_LETTERS,
                    DeadLetters.of(
                            occurrence.record(),
                            "too-late-to-judge",
                            "its time %s is behind the watermark %s"
                                    .formatted(
                                            Instant.ofEpochMilli(occurrence.eventTime()),
                                            Instant.ofEpochMilli(highestWatermark))));
            return;
        }
        waiting.add(occurrence);
        context.timerService().registerEventTimeTimer(occurrence.eventTime());
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<KafkaRecord> out) throws Exception {
        long watermark = context.timerService().currentWatermark();
        if (watermark != Watermark.MAX_WATERMARK.getTimestamp()) { // the end of a drain, not a time that has passed
            highestWatermark = Math.max(highestWatermark, watermark);
        }
        // All that the watermark has passed at once: this timer's time alone would go through the list once for each.
        judgeUpTo(watermark, context, out);
        Long first = firstTime.value();
        if (first != null && lastMomentOfRetention(first) <= watermark) {
            firstTime.clear();
        }
    }

    private void judgeUpTo(long time, OnTimerContext context, Collector<KafkaRecord> out) throws Exception {
        List<Occurrence> due = new ArrayList<>();
        List<Occurrence> notDue = new ArrayList<>();
        for (Occurrence occurrence : waiting.get()) {
            (occurrence.eventTime() <= time ? due : notDue).add(occurrence);
        }
        due.sort(ORDER);
        for (Occurrence occurrence : due) {
            judge(occurrence, context, out);
        }
        if (!due.isEmpty()) {
            waiting.update(notDue);
        }
    }

    private void judge(Occurrence occurrence, OnTimerContext context, Collector<KafkaRecord> out) throws Exception {
        Long first = firstTime.value();
        if (first != null && occurrence.eventTime() <= lastMomentOfRetention(first)) {
            metrics.droppedAfter(occurrence.eventTime() - first);
            context.output(KeepFirst.DUPLICATES, occurrence.record());
            return;
        }
        firstTime.update(occurrence.eventTime());
        context.timerService().registerEventTimeTimer(lastMomentOfRetention(occurrence.eventTime()));
        metrics.forwarded();
        out.collect(occurrence.record());
    }

    /** A duplicate at exactly first + retention is expired, as with Flink's TTL in processing time. */
    private long lastMomentOfRetention(long first) {
        return first + retentionMillis - 1;
    }
}
