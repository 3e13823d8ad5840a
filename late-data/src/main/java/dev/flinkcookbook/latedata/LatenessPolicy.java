package dev.flinkcookbook.latedata;

import java.io.Serializable;
import java.time.Duration;

/**
 * Tumbling windows, and what a reading may still do to one. A window holds the times from its start up to, and without, its end.
 * The watermark t says that nothing with a time up to t is expected any more: a window is due when t is its last millisecond.
 *
 * @param windowMillis the length of a window
 * @param allowedLatenessMillis for how long after its end, in event time, a window's result is refined
 */
record LatenessPolicy(long windowMillis, long allowedLatenessMillis) implements Serializable {

    enum Judgement {
        /** The window has not been published: the reading waits in it. */
        ON_TIME,
        /** The window has been published and is still kept: it is published again, with the reading. */
        REFINES,
        /** The window is gone. A reading may be late to the watermark without being late to its window. */
        LATE
    }

    static LatenessPolicy of(Duration window, Duration allowedLateness) {
        return new LatenessPolicy(window.toMillis(), allowedLateness.toMillis());
    }

    Duration allowedLateness() {
        return Duration.ofMillis(allowedLatenessMillis);
    }

    /** The start of the window that this time falls into; windows are aligned to the epoch. */
    long startOf(long time) {
        return time - Math.floorMod(time, windowMillis);
    }

    long endOf(long start) {
        return start + windowMillis;
    }

    /** At this watermark the window is published. */
    long dueAt(long start) {
        return start + windowMillis - 1;
    }

    /** At this watermark the window is closed: its state goes. */
    long closedAt(long start) {
        return dueAt(start) + allowedLatenessMillis;
    }

    Judgement judge(long start, long watermark) {
        if (watermark >= closedAt(start)) {
            return Judgement.LATE;
        }
        return watermark >= dueAt(start) ? Judgement.REFINES : Judgement.ON_TIME;
    }
}
