package dev.flinkcookbook.queryevolution.compatibility;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Holds up an operator that asks for it before each event, so that events pile up in front of it. */
public final class Gate {

    private static final int OPEN = Integer.MAX_VALUE / 4;
    private static final AtomicInteger PASSED = new AtomicInteger();
    private static final AtomicInteger BARRIERS = new AtomicInteger();
    private static volatile Semaphore permits = new Semaphore(OPEN);

    private Gate() {}

    /** Of queries: waits until the gate lets an event through. */
    public static void pass() throws InterruptedException {
        permits.acquire();
        PASSED.incrementAndGet();
    }

    static void close() {
        permits = new Semaphore(0);
        PASSED.set(0);
        BARRIERS.set(0);
    }

    /** Returns at once if the gate is open. */
    static void awaitAnEventThatIsHeldUp() {
        while (permits.availablePermits() == 0 && !permits.hasQueuedThreads()) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    static void barrierHasLeft() {
        BARRIERS.incrementAndGet();
    }

    /** How many checkpoints have begun since the gate was closed. */
    static int barriers() {
        return BARRIERS.get();
    }

    static void letThrough(int events) {
        permits.release(events);
    }

    static int passed() {
        return PASSED.get();
    }

    /** Also for whoever waits already. */
    static void open() {
        if (permits.availablePermits() < OPEN) {
            permits.release(OPEN);
        }
    }
}
