package dev.flinkcookbook.changedatacapture;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Holds something back until this job has processed all that stood in topics when it came. For what says something about all rows of a
 * table, and comes from one partition of many:
 *
 * <ul>
 *   <li>A truncation. It must find the rows that are older.
 *   <li>The first end of a transaction. A snapshot has no end of its own, and nothing says how many rows it has. But it is over before
 *       the first transaction ends, so by then all of it stands in the topics.
 * </ul>
 *
 * <p>The first input is what waits, the second how far the job has read ({@link TellReadUpTo}). To be run with a parallelism of 1. The
 * wait ends a checkpoint or two later.
 */
final class AwaitOlder<T> extends AbstractStreamOperator<T>
        implements TwoInputStreamOperator<T, ReadUpTo, T>, BoundedMultiInput {

    /** For what a job waits. */
    enum How {
        EACH,
        /** What comes later passes at once, also after restarts. */
        FIRST
    }

    private static final class Waiting<T> {
        private final T element;

        /** Where the topics ended when it had come; null until that was asked. */
        private Map<TopicPartition, Long> older;

        Waiting(T element) {
            this.element = element;
        }
    }

    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
    private static final int INPUTS = 2;

    private final Class<T> type;
    private final How how;
    private final Properties kafka;
    private final List<String> topics;

    private transient ListState<T> waitingInState;
    private transient ListState<ReadUpTo> readInState;
    private transient ListState<Boolean> openInState;
    private transient boolean open;
    private transient Deque<Waiting<T>> waiting;

    private transient Map<TopicPartition, Long> read;
    private transient Map<TopicPartition, Long> processed;

    /** What was read before each checkpoint that is not complete. */
    private transient TreeMap<Long, Map<TopicPartition, Long>> readBefore;

    private transient TopicEnds ends;
    private transient int endedInputs;

    /** @param kafka how to reach it */
    AwaitOlder(Class<T> type, How how, Properties kafka, List<String> topics) {
        this.type = type;
        this.how = how;
        this.kafka = kafka;
        this.topics = topics;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        waitingInState = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>("waiting", TypeInformation.of(type)));
        readInState = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>("read", TypeInformation.of(ReadUpTo.class)));
        openInState = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("open", Types.BOOLEAN));
        waiting = new ArrayDeque<>();
        for (T element : waitingInState.get()) {
            waiting.add(new Waiting<>(element));
        }
        read = new HashMap<>();
        readInState.get().forEach(this::take);
        processed = Map.copyOf(read); // The job goes on from a checkpoint that was complete.
        readBefore = new TreeMap<>();
        open = openInState.get().iterator().hasNext();
    }

    @Override
    public void open() throws Exception {
        super.open();
        if (!waiting.isEmpty()) {
            lookLater();
        }
    }

    @Override
    public void processElement1(StreamRecord<T> element) {
        if (open) {
            output.collect(element);
            return;
        }
        waiting.add(new Waiting<>(element.getValue()));
        if (waiting.size() == 1) {
            lookLater();
        }
    }

    @Override
    public void processElement2(StreamRecord<ReadUpTo> element) {
        take(element.getValue());
    }

    private void take(ReadUpTo upTo) {
        read.put(new TopicPartition(upTo.topic(), upTo.partition()), upTo.next());
    }

    private void lookLater() {
        long at = getProcessingTimeService().getCurrentProcessingTime() + BETWEEN_LOOKS.toMillis();
        getProcessingTimeService().registerTimer(at, time -> look());
    }

    private void look() throws Exception {
        if (ends == null) {
            ends = new TopicEnds(kafka);
        }
        Map<TopicPartition, Long> now = null;
        for (Waiting<T> one : waiting) {
            if (one.older == null) {
                now = now == null ? ends.of(topics) : now;
                one.older = now;
            }
        }
        while (!waiting.isEmpty() && (open || ends.areReached(waiting.peek().older, processed))) {
            letPass();
        }
        if (!waiting.isEmpty()) {
            lookLater();
        }
    }

    private void letPass() {
        output.collect(new StreamRecord<>(waiting.remove().element));
        open = how == How.FIRST;
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        waitingInState.update(waiting.stream().map(one -> one.element).toList());
        List<ReadUpTo> upTo = new ArrayList<>();
        read.forEach((partition, next) -> upTo.add(new ReadUpTo(partition.topic(), partition.partition(), next)));
        readInState.update(upTo);
        openInState.update(open ? List.of(true) : List.of());
        readBefore.put(context.getCheckpointId(), Map.copyOf(read));
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) throws Exception {
        super.notifyCheckpointComplete(checkpoint);
        Map<TopicPartition, Long> before = readBefore.get(checkpoint);
        processed = before == null ? processed : before;
        readBefore.headMap(checkpoint, true).clear();
    }

    /** Only the last one comes here; what waits must not come after it. */
    @Override
    public void processWatermark(Watermark mark) {}

    /** No more checkpoints come then. */
    @Override
    public void endInput(int input) {
        endedInputs++;
        if (endedInputs == INPUTS) {
            while (!waiting.isEmpty()) {
                letPass();
            }
            output.emitWatermark(Watermark.MAX_WATERMARK);
        }
    }

    @Override
    public void close() throws Exception {
        if (ends != null) {
            ends.close();
        }
        super.close();
    }
}
