package dev.flinkcookbook.changedatacapture;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
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
 * <p>To be run with a parallelism of 1. The wait ends a checkpoint or two later.
 */
final class AwaitOlder<T> extends AbstractStreamOperator<T> implements OneInputStreamOperator<T, T>, BoundedOneInput {

    /** For what a job waits. */
    enum How {
        EACH,
        /** What comes later passes at once, also after restarts. */
        FIRST
    }

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

    private final Class<T> type;
    private final How how;
    private final Properties kafka;
    private final String groupId;
    private final List<String> topics;

    private transient ListState<T> waitingInState;
    private transient ListState<Boolean> openInState;
    private transient boolean open;
    private transient ProcessedOffsets processed;

    private transient List<T> waiting;

    /** Where the topics ended when the newest that waits had come; null until that was asked. */
    private transient Map<TopicPartition, Long> older;

    AwaitOlder(Class<T> type, How how, Properties kafka, String groupId, List<String> topics) {
        this.type = type;
        this.how = how;
        this.kafka = kafka;
        this.groupId = groupId;
        this.topics = topics;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        waitingInState = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>("waiting", TypeInformation.of(type)));
        openInState = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("open", Types.BOOLEAN));
        waiting = new ArrayList<>();
        waitingInState.get().forEach(waiting::add);
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
    public void processElement(StreamRecord<T> element) {
        if (open) {
            output.collect(element);
            return;
        }
        waiting.add(element.getValue());
        if (how == How.EACH) {
            older = null;
        }
        if (waiting.size() == 1) {
            lookLater();
        }
    }

    private void lookLater() {
        long at = getProcessingTimeService().getCurrentProcessingTime() + BETWEEN_LOOKS.toMillis();
        getProcessingTimeService().registerTimer(at, time -> look());
    }

    private void look() throws Exception {
        if (waiting.isEmpty()) {
            return; // The input has ended meanwhile.
        }
        if (processed == null) {
            processed = new ProcessedOffsets(kafka, groupId);
        }
        if (older == null) {
            older = processed.ends(topics);
        }
        if (processed.reach(older)) {
            letPass();
        } else {
            lookLater();
        }
    }

    private void letPass() {
        open = how == How.FIRST;
        waiting.forEach(element -> output.collect(new StreamRecord<>(element)));
        waiting.clear();
        older = null;
    }

    /** A bounded job takes no more checkpoints then. */
    @Override
    public void endInput() {
        letPass();
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        waitingInState.update(waiting);
        openInState.update(open ? List.of(true) : List.of());
    }

    @Override
    public void close() throws Exception {
        if (processed != null) {
            processed.close();
        }
        super.close();
    }
}
