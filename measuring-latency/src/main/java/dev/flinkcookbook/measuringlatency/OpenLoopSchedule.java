package dev.flinkcookbook.measuringlatency;

/**
 * When each event is due. The schedule waits for nobody: an event that leaves late, because the sender or Kafka stood still, is
 * stamped with the time at which it was due, and so carries the delay that it suffered.
 *
 * @param start when the first event is due, in milliseconds since the epoch
 * @param eventsPerSecond the offered load
 */
public record OpenLoopSchedule(long start, int eventsPerSecond) {

    public OpenLoopSchedule {
        if (eventsPerSecond < 1) {
            throw new IllegalArgumentException("eventsPerSecond: got " + eventsPerSecond + ", expected at least 1");
        }
    }

    /** Counted from the start, not from the event before: rounding does not add up to another rate. */
    public long dueAt(long event) {
        return start + event * 1000 / eventsPerSecond;
    }
}
