package dev.flinkcookbook.changedatacapture;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Holds the changes of each transaction until all have come, and passes them on at the LSN of its end. Both inputs are keyed by the
 * transaction's id; what a snapshot has read belongs to none and waits for nothing.
 *
 * <p>Why an operator of its own? Because it holds back event time: a watermark passes when no transaction before it is still incomplete
 * here. So whoever is downstream has all of a transaction when the watermark reaches its end, in whichever keys
 * and subtasks its changes are.
 *
 * <p>The wait is bounded twice, in time and in changes. What is released without the rest is marked as not whole. Time does not count while
 * the job is behind: the rest may stand in a partition that is read later.
 */
final class AssembleTransactions extends AbstractStreamOperator<Part>
        implements TwoInputStreamOperator<Change, TransactionEnd, Part>,
                Triggerable<Long, VoidNamespace>,
                BoundedMultiInput {

    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);
    private static final int INPUTS = 2;

    /** Stands in the place of its parts for a change that has been counted. */
    private static final List<Integer> COUNTED = List.of(-1);

    private final Duration waitForEnd;
    private final int largestTransaction;
    private final Backlog backlog;

    private transient ValueState<OpenTransaction> open;
    private transient ListState<Change> waiting;

    /** The orders of the changes that have come; of a truncation, its parts. */
    private transient MapState<Integer, List<Integer>> come;

    private transient InternalTimerService<VoidNamespace> timers;

    /** The last watermark that has come: the end up to which transactions are known. */
    private transient ListState<Long> lastEnd;

    private transient long watermark;
    private transient long emitted;

    /** Up to where event time may go, by how many of the transactions that are not complete. */
    private transient TreeMap<Long, Integer> holds;

    /** All that are not complete, and since when. Metrics are asked by another thread. */
    private transient Map<Long, Long> since;

    private transient int endedInputs;

    private transient Counter transactionsNotWhole;

    AssembleTransactions(Duration waitForEnd, int largestTransaction, Backlog backlog) {
        this.waitForEnd = waitForEnd;
        this.largestTransaction = largestTransaction;
        this.backlog = backlog;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        lastEnd = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("last-end", Types.LONG));
        Iterator<Long> ofAllSubtasks = lastEnd.get().iterator();
        watermark = ofAllSubtasks.hasNext() ? ofAllSubtasks.next() : Long.MIN_VALUE;
        while (ofAllSubtasks.hasNext()) {
            watermark = Math.min(watermark, ofAllSubtasks.next());
        }
        emitted = Long.MIN_VALUE;
    }

    @Override
    public void open() throws Exception {
        super.open();
        ValueStateDescriptor<OpenTransaction> descriptor =
                new ValueStateDescriptor<>("open-transaction", TypeInformation.of(OpenTransaction.class));
        open = getRuntimeContext().getState(descriptor);
        waiting = getRuntimeContext()
                .getListState(new ListStateDescriptor<>("waiting", TypeInformation.of(Change.class)));
        come = getRuntimeContext().getMapState(new MapStateDescriptor<>("come", Types.INT, Types.LIST(Types.INT)));
        timers = getInternalTimerService("give-up", VoidNamespaceSerializer.INSTANCE, this);
        holds = new TreeMap<>();
        since = new ConcurrentHashMap<>();
        forEachOpen((id, transaction) -> {
            if (!transaction.isFinished()) {
                since.put(id, transaction.since());
            }
            hold(transaction);
        });
        // Transactions given up, with changes that never came. Worry: it grows.
        transactionsNotWhole = getMetricGroup().counter("transactionsNotWhole");
        // Transactions that wait for changes or for their end. Worry: it grows without end.
        getMetricGroup().gauge("openTransactions", () -> since.size());
        // How long the oldest open transaction has been waiting. Worry: it comes near the longest wait for an end.
        getMetricGroup().gauge("oldestOpenTransactionMs", this::ageOfTheOldest);
        // Watermarks begin anew after a restart. Whoever waits for this one would wait for the next transaction.
        getProcessingTimeService().registerTimer(now(), time -> pass());
    }

    private interface Visitor {
        void visit(Long id, OpenTransaction transaction) throws Exception;
    }

    private void forEachOpen(Visitor visitor) throws Exception {
        this.<Long>getKeyedStateBackend()
                .applyToAllKeys(
                        VoidNamespace.INSTANCE,
                        VoidNamespaceSerializer.INSTANCE,
                        new ValueStateDescriptor<>("open-transaction", TypeInformation.of(OpenTransaction.class)),
                        (id, state) -> visitor.visit(id, state.value()));
    }

    private long now() {
        return getProcessingTimeService().getCurrentProcessingTime();
    }

    private long ageOfTheOldest() {
        return since.values().stream().mapToLong(came -> now() - came).max().orElse(0);
    }

    /** A change. */
    @Override
    public void processElement1(StreamRecord<Change> element) throws Exception {
        Change change = element.getValue();
        if (change.isOfSnapshot()) {
            // The first one is processed before time begins. Another one comes row by row, while orders are being
            // shown.
            emit(change, change.position().commit(), watermark == Long.MIN_VALUE);
            return;
        }
        if (change.position().order() == 0) {
            emit(change, change.position().lsn(), false); // Debezium says nothing of transactions.
            return;
        }
        OpenTransaction transaction = openOrBegin();
        if (transaction.isFinished()) {
            emit(change, transaction.end(), false); // It is told again; or it comes after the transaction was given up.
            return;
        }
        if (change.operation() != Operation.STALE) {
            transaction = update(transaction, transaction.behind(transactionBefore(change)));
            if (transaction.released()) {
                emit(change, lsn(transaction), false);
            } else {
                waiting.add(change);
            }
        }
        if (isTheLastPartOfANewOne(change)) {
            transaction = update(transaction, transaction.withChange());
        }
        if (transaction.isComplete()) {
            finish(transaction, true);
        } else if (transaction.changes() > largestTransaction && !transaction.released()) {
            release(transaction);
            pass();
        }
    }

    /** In the first transaction after a snapshot nobody knows; but nothing is between the snapshot and it. */
    private static long transactionBefore(Change change) {
        Position position = change.position();
        return position.commit() > 0 ? position.commit() : position.lsn() - 1;
    }

    private OpenTransaction update(OpenTransaction before, OpenTransaction now) throws Exception {
        open.update(now);
        holdNoMore(before);
        hold(now);
        return now;
    }

    private void hold(OpenTransaction transaction) {
        if (transaction.holdsTime()) {
            holds.merge(transaction.holdsTimeAt(), 1, Integer::sum);
        }
    }

    private void holdNoMore(OpenTransaction transaction) {
        if (transaction.holdsTime()) {
            holds.computeIfPresent(transaction.holdsTimeAt(), (at, count) -> count == 1 ? null : count - 1);
        }
    }

    private OpenTransaction openOrBegin() throws Exception {
        OpenTransaction transaction = open.value();
        if (transaction == null) {
            transaction = OpenTransaction.begun(now(), now() + waitForEnd.toMillis());
            open.update(transaction);
            since.put((Long) getCurrentKey(), transaction.since());
            timers.registerProcessingTimeTimer(VoidNamespace.INSTANCE, transaction.giveUpAt());
        }
        return transaction;
    }

    /** Whoever tells changes again, tells them whole; and a truncation comes from each subtask that has deleted rows. */
    private boolean isTheLastPartOfANewOne(Change change) throws Exception {
        if (change.parts() == 0) {
            return false;
        }
        List<Integer> before = come.get(change.position().order());
        List<Integer> parts = before == null ? new ArrayList<>() : new ArrayList<>(before);
        // After rescaling there may be more of them than before.
        if (parts.equals(COUNTED) || parts.contains(change.part())) {
            return false;
        }
        parts.add(change.part());
        boolean last = parts.size() == change.parts();
        come.put(change.position().order(), last ? COUNTED : parts);
        return last;
    }

    /** The end of a transaction. */
    @Override
    public void processElement2(StreamRecord<TransactionEnd> element) throws Exception {
        TransactionEnd end = element.getValue();
        if (end.changes() == 0) {
            return; // It has changed other tables. Time goes on by its watermark.
        }
        if (end.lsn() <= frontier()) {
            if (open.value() != null) {
                finish(open.value(), false); // All of it is told again.
            }
            return;
        }
        OpenTransaction before = openOrBegin();
        if (before.isFinished()) {
            return; // It is told again.
        }
        OpenTransaction transaction = update(before, before.ended(end));
        if (transaction.isComplete()) {
            finish(transaction, true);
        }
    }

    private void finish(OpenTransaction transaction, boolean whole) throws Exception {
        for (Change change : waiting.get()) {
            emit(change, lsn(transaction), whole);
        }
        waiting.clear();
        come.clear();
        since.remove((Long) getCurrentKey());
        timers.deleteProcessingTimeTimer(VoidNamespace.INSTANCE, transaction.giveUpAt());
        update(transaction, transaction.finished());
        if (transaction.hasEnded() && transaction.end() > emitted) {
            timers.registerEventTimeTimer(VoidNamespace.INSTANCE, transaction.end());
        } else {
            open.clear();
        }
        pass();
    }

    /** Its end may still come; what comes of it until then is passed on at once. */
    private OpenTransaction release(OpenTransaction transaction) throws Exception {
        boolean something = false;
        for (Change change : waiting.get()) {
            emit(change, lsn(transaction), false);
            something = true;
        }
        waiting.clear();
        if (something) {
            transactionsNotWhole.inc();
        }
        return update(transaction, transaction.withoutWaiting());
    }

    /** Without an end, just behind the transaction before: what came after it must not be overwritten. */
    private static long lsn(OpenTransaction transaction) {
        return transaction.hasEnded() ? transaction.end() : transaction.after() + 1;
    }

    @Override
    public void onProcessingTime(InternalTimer<Long, VoidNamespace> timer) throws Exception {
        OpenTransaction transaction = open.value();
        if (transaction == null || timer.getTimestamp() < transaction.giveUpAt()) {
            return;
        }
        if (watermark == Long.MIN_VALUE || !backlog.isProcessed(transaction.since(), now())) {
            OpenTransaction waitsOn = transaction.waitingUntil(now() + BETWEEN_LOOKS.toMillis());
            open.update(waitsOn);
            timers.registerProcessingTimeTimer(VoidNamespace.INSTANCE, waitsOn.giveUpAt());
            return;
        }
        finish(transaction.released() ? transaction : release(transaction), false);
    }

    /** From here on its end is known as old when it is told again. */
    @Override
    public void onEventTime(InternalTimer<Long, VoidNamespace> timer) {
        open.clear();
    }

    private void emit(Change change, long lsn, boolean whole) {
        if (change.operation() == Operation.STALE) {
            return; // It changes nothing.
        }
        for (Part part : Parts.of(change, lsn, whole)) {
            output.collect(new StreamRecord<>(part, lsn));
        }
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (mark.getTimestamp() == Long.MAX_VALUE) {
            return; // The ends have ended. Changes may still come; nobody waits for those.
        }
        watermark = Math.max(watermark, mark.getTimestamp());
        pass();
    }

    @Override
    public void endInput(int input) throws Exception {
        endedInputs++;
        if (endedInputs == INPUTS) {
            releaseAll();
            watermark = Long.MAX_VALUE;
            pass();
        }
    }

    private void releaseAll() throws Exception {
        for (Long id : List.copyOf(since.keySet())) {
            setCurrentKey(id);
            OpenTransaction transaction = open.value();
            finish(transaction.released() ? transaction : release(transaction), false);
        }
    }

    /** All transactions up to here are complete. */
    private long frontier() {
        return holds.isEmpty() ? watermark : Math.min(watermark, holds.firstKey());
    }

    /** To be called last: timers of other keys may fire. */
    private void pass() throws Exception {
        if (frontier() > emitted) {
            emitted = frontier();
            super.processWatermark(new Watermark(emitted)); // fires the timers, and emits it
        }
    }

    @Override
    public void close() throws Exception {
        backlog.close();
        super.close();
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        // The last watermark of all is no place in the log.
        lastEnd.update(List.of(watermark == Long.MAX_VALUE ? Long.MIN_VALUE : watermark));
    }
}
