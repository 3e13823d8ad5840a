package dev.flinkcookbook.measuringlatency;

import java.util.ArrayList;
import java.util.List;

/** A job in a time of its own: one event after the other, each takes as long. What comes while it is busy stands in a queue. */
final class OneServer {

    /** Of one event: when it was due, when its sender let it go, when it was answered. */
    record Served(long due, long sent, long answered) {}

    private final long serviceMillis;
    private long freeAt;

    OneServer(long serviceMillis) {
        this.serviceMillis = serviceMillis;
    }

    /** Nobody is answered before. */
    OneServer standStillUntil(long time) {
        freeAt = Math.max(freeAt, time);
        return this;
    }

    private long answer(long arrival) {
        freeAt = Math.max(freeAt, arrival) + serviceMillis;
        return freeAt;
    }

    /** The sender waits for nobody. */
    List<Served> openLoop(OpenLoopSchedule schedule, int events) {
        List<Served> served = new ArrayList<>();
        for (int event = 0; event < events; event++) {
            long due = schedule.dueAt(event);
            served.add(new Served(due, due, answer(due)));
        }
        return served;
    }

    /** The sender waits for each answer before it sends again, as a request in a loop does. */
    List<Served> closedLoop(OpenLoopSchedule schedule, int events) {
        List<Served> served = new ArrayList<>();
        long answered = 0;
        for (int event = 0; event < events; event++) {
            long due = schedule.dueAt(event);
            long sent = Math.max(due, answered);
            answered = answer(sent);
            served.add(new Served(due, sent, answered));
        }
        return served;
    }
}
