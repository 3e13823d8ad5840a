package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Reads the changes of rows, and sends to the side what is none, and what concerns all rows: truncations, and that a snapshot is
 * complete, which one knows by its last row, or by a change from after it. A tombstone of Debezium's is passed over: it tells Kafka to
 * forget the row, after the change that told us.
 */
final class SplitOutDeadLetters extends ProcessFunction<KafkaRecord, Change> implements CheckpointedFunction {

    static final OutputTag<KafkaRecord> DEAD_LETTERS = new OutputTag<>("dead-letters") {};

    static final OutputTag<Change> OF_ALL_ROWS = new OutputTag<>("of-all-rows") {};

    private static final long NONE = 0;

    private final EnvelopeReader reader;

    private transient ListState<Long> snapshotInState;

    /** The LSN of a snapshot that is being read here. */
    private transient long snapshot;

    SplitOutDeadLetters(EnvelopeReader reader) {
        this.reader = reader;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        snapshotInState =
                context.getOperatorStateStore().getListState(new ListStateDescriptor<>("snapshot", Types.LONG));
        snapshot = NONE;
        for (long before : snapshotInState.get()) {
            snapshot = Math.max(snapshot, before);
        }
    }

    @Override
    public void processElement(KafkaRecord record, Context context, Collector<Change> out) {
        if (record.value() == null) {
            return;
        }
        try {
            Change change = reader.read(record);
            followSnapshot(change, context);
            if (change.operation() == Operation.TRUNCATE) {
                context.output(OF_ALL_ROWS, change);
                return;
            }
            if (change.hasLostItsForeignKey()) {
                // The views go on with it. But to which order a line belongs, nobody can tell any more.
                String message =
                        change.table().foreignKey() + " is missing: views and audit have the row, orders do not";
                context.output(DEAD_LETTERS, DeadLetters.of(record, "foreign-key-missing", message));
            }
            out.collect(change.operation() == Operation.READ_LAST ? change.asRead() : change);
        } catch (UnreadableChangeException e) {
            context.output(DEAD_LETTERS, DeadLetters.of(record, e.reason(), e.getMessage()));
        }
    }

    /** Several subtasks may say the same. A table that is empty has no last row. */
    private void followSnapshot(Change change, Context context) {
        if (change.isOfSnapshot()) {
            snapshot = Math.max(snapshot, change.position().commit());
            if (change.operation() == Operation.READ_LAST) {
                context.output(OF_ALL_ROWS, Change.snapshotComplete(change.table(), snapshot));
            }
        } else if (snapshot != NONE && change.position().commit() >= snapshot) {
            for (Table table : Table.values()) {
                context.output(OF_ALL_ROWS, Change.snapshotComplete(table, snapshot));
            }
            snapshot = NONE;
        }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        snapshotInState.update(snapshot == NONE ? List.of() : List.of(snapshot));
    }
}
