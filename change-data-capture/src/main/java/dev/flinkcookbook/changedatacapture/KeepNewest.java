package dev.flinkcookbook.changedatacapture;

import java.time.Duration;
import java.util.Arrays;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Keeps the newest version of each row, keyed by {@link Change#row}, and passes on what really changed: with the row before, and with
 * its large columns, which Debezium leaves out while they stay the same. A change that is known, or older than what is known, comes out
 * as {@link Operation#STALE}.
 *
 * <p>A deleted row is remembered for a while, or a change from before would bring it back.
 *
 * <p>Two things concern all rows: a truncation deletes those before it, and a snapshot those that it has not read, of whose deletion
 * nobody was told. They come to all subtasks, each of which deletes the rows that it has; those before them have all come by then
 * ({@link AwaitOlder}).
 */
final class KeepNewest extends KeyedBroadcastProcessFunction<String, Change, Change, Change> {

    /** The newest truncation and the newest snapshot of each table, by {@link #name}. */
    static final MapStateDescriptor<String, Change> OF_ALL_ROWS =
            new MapStateDescriptor<>("of-all-rows", Types.STRING, TypeInformation.of(Change.class));

    static final ValueStateDescriptor<RowVersion> NEWEST =
            new ValueStateDescriptor<>("newest", TypeInformation.of(RowVersion.class));

    private final Duration keepDeletes;
    private final boolean bounded;

    private transient ValueState<RowVersion> newest;
    private transient Counter changesApplied;
    private transient Counter changesStale;
    private transient Counter valuesUnknown;
    private transient long lagMillis;

    /** @param bounded whether the input has an end; then {@link KeepNewestToTheEnd} applies there what concerns all rows */
    KeepNewest(Duration keepDeletes, boolean bounded) {
        this.keepDeletes = keepDeletes;
        this.bounded = bounded;
    }

    @Override
    public void open(OpenContext context) {
        newest = getRuntimeContext().getState(NEWEST);
        // Changes that made a row newer. Worry: it stands still while the tables change.
        changesApplied = getRuntimeContext().getMetricGroup().counter("changesApplied");
        // Changes that were older than the row, and were dropped. Worry: it grows without a restart or a new snapshot.
        changesStale = getRuntimeContext().getMetricGroup().counter("changesStale");
        // Rows written with a placeholder for a large value that was never told. Worry: it grows.
        valuesUnknown = getRuntimeContext().getMetricGroup().counter("largeValuesUnknown");
        // Time from the commit in the database until the change came here. Worry: it grows.
        getRuntimeContext().getMetricGroup().gauge("sourceLagMs", () -> lagMillis);
    }

    @Override
    public void processElement(Change change, ReadOnlyContext context, Collector<Change> out) throws Exception {
        RowVersion known = newest.value();
        lagMillis = context.timerService().currentProcessingTime() - change.committedAt();
        boolean knownAlready = known != null && !change.position().isAfter(known.position());
        if (knownAlready || !bounded && isDeletedWithAllRows(change, context)) {
            changesStale.inc();
            out.collect(change.asStale());
            return;
        }
        changesApplied.inc();
        Position position = change.position().following(known == null ? null : known.position());
        byte[] after = null;
        if (change.operation() == Operation.DELETE) {
            long forgetAt = context.timerService().currentProcessingTime() + keepDeletes.toMillis();
            newest.update(new RowVersion(position, null, null, forgetAt, false));
            context.timerService().registerProcessingTimeTimer(forgetAt);
        } else {
            after = wholeRow(change, known);
            boolean first = change.position().commit() == Position.UNKNOWN;
            // Where it belonged is still to be known when it is deleted.
            boolean lost = change.hasLostItsForeignKey() && known != null;
            String refers = lost ? known.refers() : change.refers();
            newest.update(new RowVersion(position, after, refers, 0, first));
        }
        out.collect(asItReallyWas(change, known, after, position));
    }

    private static boolean isDeletedWithAllRows(Change change, ReadOnlyContext context) throws Exception {
        Change truncation = context.getBroadcastState(OF_ALL_ROWS).get(name(Operation.TRUNCATE, change.table()));
        Change snapshot = context.getBroadcastState(OF_ALL_ROWS).get(name(Operation.SNAPSHOT_COMPLETE, change.table()));
        // The first transaction after a snapshot does not say what was committed before; the snapshot has not seen it.
        boolean first = change.position().commit() == Position.UNKNOWN;
        return truncation != null && !change.position().isAfter(truncation.position())
                || snapshot != null && !first && snapshot.position().isAfter(change.position());
    }

    private static String name(Operation operation, Table table) {
        return operation + " " + table;
    }

    private byte[] wholeRow(Change change, RowVersion known) {
        LargeValues.Row row = LargeValues.restore(change.after(), known == null ? null : known.row());
        valuesUnknown.inc(row.unknown());
        return row.json();
    }

    private static Change asItReallyWas(Change change, RowVersion known, byte[] after, Position position) {
        if (known == null || known.isDeleted()) {
            return change.of(change.operation(), null, after, null, position);
        }
        if (change.operation() != Operation.READ) {
            return change.of(change.operation(), known.row(), after, known.refers(), position);
        }
        // A second snapshot: nearly all rows are as they were.
        return Arrays.equals(known.row(), after)
                ? change.asStale()
                : change.of(Operation.UPDATE, known.row(), after, known.refers(), position);
    }

    @Override
    public void processBroadcastElement(Change ofAllRows, Context context, Collector<Change> out) throws Exception {
        String name = name(ofAllRows.operation(), ofAllRows.table());
        Change last = context.getBroadcastState(OF_ALL_ROWS).get(name);
        if (last == null || ofAllRows.position().isAfter(last.position())) {
            context.getBroadcastState(OF_ALL_ROWS).put(name, ofAllRows);
            if (!bounded) {
                context.applyToKeyedState(NEWEST, (row, version) -> deleteIfOlder(row, version, ofAllRows, out));
            }
        }
        if (ofAllRows.operation() == Operation.TRUNCATE) {
            // As many as there are subtasks stand together for the truncation: when all have come, all rows have.
            int parts = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
            int part = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
            out.collect(ofAllRows.asStalePart(part, parts));
        }
    }

    /** Of a truncated row nothing is left: the truncation is remembered for all of them, and so is the snapshot. */
    static void deleteIfOlder(String row, ValueState<RowVersion> version, Change ofAllRows, Collector<Change> out)
            throws Exception {
        RowVersion known = version.value();
        boolean truncated = ofAllRows.operation() == Operation.TRUNCATE;
        boolean concerned =
                Change.table(row) == ofAllRows.table() && (truncated || !known.first() && !known.isDeleted());
        if (concerned && ofAllRows.position().isAfter(known.position())) {
            version.clear();
            if (!known.isDeleted()) {
                out.collect(ofAllRows.asDeleteOf(Change.key(row), known));
            }
        }
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<Change> out) throws Exception {
        RowVersion known = newest.value();
        if (known != null && known.isDeleted() && known.forgetAt() <= timestamp) {
            newest.clear();
        }
    }
}
