package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.KafkaRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * A variant with sessions, keyed by sensor. A late reading may open a session, make one longer, or merge two that were published:
 * then the merged one is published, and what it replaces is taken back. Flink's session windows publish the merged one and leave
 * the other standing.
 *
 * <p>A reading is late if a session of it alone would be closed, and state is kept for a gap longer than that: so all sessions that
 * a reading touches are still there if it is not late. Flink's judge the merged session: a reading may go into one that is open while
 * its other neighbour is forgotten, and there are two where a batch has one.
 */
final class SumUpSessions extends KeyedProcessFunction<String, Arrival, SessionResult> implements CheckpointedFunction {

    static final OutputTag<KafkaRecord> LATE = new OutputTag<>("late") {};

    private final long gapMillis;
    private final Duration allowedLateness;

    /** By the time of the first reading; a timer removes each when nothing can touch it any more. */
    private transient MapState<Long, Session> sessions;

    private transient HighestWatermark highestWatermark;

    /** @param allowedLateness for how long after its end, in event time, a session is changed */
    SumUpSessions(Duration gap, Duration allowedLateness) {
        this.gapMillis = gap.toMillis();
        this.allowedLateness = allowedLateness;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        highestWatermark = new HighestWatermark(context.getOperatorStateStore(), allowedLateness);
    }

    @Override
    public void open(OpenContext context) {
        sessions = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>("sessions", Types.LONG, TypeInformation.of(Session.class)));
    }

    @Override
    public void processElement(Arrival arrival, Context context, Collector<SessionResult> out) throws Exception {
        highestWatermark.advanceTo(context.timerService().currentWatermark());
        Session alone = Session.of(arrival);
        if (highestWatermark.hasClosed(dueAt(alone))) {
            Instant watermark = Instant.ofEpochMilli(highestWatermark.millis());
            context.output(LATE, LateRecords.of(arrival, watermark));
            return;
        }
        Session merged = alone;
        List<Session> touched = new ArrayList<>();
        for (Session kept : sessions.values()) {
            if (kept.touches(alone, gapMillis)) { // Two of them touch each other through the reading alone.
                touched.add(kept);
                merged = merged.merge(kept);
            }
        }
        for (Session replaced : touched) {
            sessions.remove(replaced.first());
        }
        if (highestWatermark.millis() >= dueAt(merged)) {
            merged = publish(merged, context.getCurrentKey(), out);
        }
        sessions.put(merged.first(), merged);
        boolean hasTimer =
                merged.isDue() && !touched.isEmpty() && touched.stream().allMatch(Session::isDue);
        if (!hasTimer) { // An earlier one will do: it sets the next.
            context.timerService().registerEventTimeTimer(nextTimer(merged));
        }
    }

    private Session publish(Session session, String sensor, Collector<SessionResult> out) {
        for (long replaced : session.publishedUnder()) {
            if (replaced != session.first()) {
                Instant first = Instant.ofEpochMilli(replaced);
                out.collect(new SessionResult(sensor, first, first, Totals.NONE, session.revision() + 1));
            }
        }
        out.collect(new SessionResult(
                sensor,
                Instant.ofEpochMilli(session.first()),
                Instant.ofEpochMilli(session.last()),
                session.totals(),
                session.revision() + 1));
        return session.published();
    }

    @Override
    public void onTimer(long time, OnTimerContext context, Collector<SessionResult> out) throws Exception {
        highestWatermark.advanceTo(context.timerService().currentWatermark());
        highestWatermark.advanceTo(time); // What a drain publishes and removes stays closed.
        List<Session> all = new ArrayList<>();
        sessions.values().forEach(all::add);
        for (Session kept : all) {
            boolean isPublishedNow = kept.isDue() && time >= dueAt(kept);
            Session session = isPublishedNow ? publish(kept, context.getCurrentKey(), out) : kept;
            if (time >= forgottenAt(session)) {
                sessions.remove(session.first());
                continue;
            }
            if (isPublishedNow) {
                sessions.put(session.first(), session);
            }
            context.timerService().registerEventTimeTimer(nextTimer(session));
        }
    }

    private long nextTimer(Session session) {
        return session.isDue() ? dueAt(session) : forgottenAt(session);
    }

    /** At this watermark no reading can follow in the session that is not late to the watermark. */
    private long dueAt(Session session) {
        return session.last() + gapMillis - 1;
    }

    private long forgottenAt(Session session) {
        return dueAt(session) + allowedLateness.toMillis() + gapMillis;
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        highestWatermark.snapshot();
    }
}
