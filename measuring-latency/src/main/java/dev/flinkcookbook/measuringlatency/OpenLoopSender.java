package dev.flinkcookbook.measuringlatency;

import java.util.concurrent.locks.LockSupport;

/**
 * Sends on schedule. After a stall, of its own or of what it sends to, it sends at once all that has become due meanwhile, each
 * event with the time at which it was due.
 */
public final class OpenLoopSender {

    /** Lets an event go; throws {@code E} if it cannot. */
    public interface Send<E extends Exception> {
        /** @param dueAt belongs into the event, as the time at which it was sent */
        void send(long event, long dueAt) throws E;
    }

    /** The time, in milliseconds since the epoch, and how to let it pass. */
    public interface Clock {
        long millis();

        /** May return too early. */
        void waitUntil(long millis) throws InterruptedException;
    }

    public static final Clock SYSTEM = new Clock() {
        @Override
        public long millis() {
            return System.currentTimeMillis();
        }

        @Override
        public void waitUntil(long millis) throws InterruptedException {
            LockSupport.parkUntil(millis);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    };

    private final OpenLoopSchedule schedule;
    private final Clock clock;

    public OpenLoopSender(OpenLoopSchedule schedule, Clock clock) {
        this.schedule = schedule;
        this.clock = clock;
    }

    public <E extends Exception> void send(long events, Send<E> to) throws E, InterruptedException {
        for (long event = 0; event < events; event++) {
            long dueAt = schedule.dueAt(event);
            while (clock.millis() < dueAt) {
                clock.waitUntil(dueAt);
            }
            to.send(event, dueAt);
        }
    }
}
