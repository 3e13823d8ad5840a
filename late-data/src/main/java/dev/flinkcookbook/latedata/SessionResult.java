package dev.flinkcookbook.latedata;

import java.time.Instant;

/**
 * What is published of a sensor's session; sensor and first reading are the key. A session that a late reading has merged into
 * another one is taken back: to a compacted topic that is a tombstone.
 *
 * @param last the time of the last reading
 * @param totals {@link Totals#NONE} if the result is taken back
 */
public record SessionResult(String sensor, Instant first, Instant last, Totals totals, long revision) {

    boolean isTakenBack() {
        return totals.count() == 0;
    }
}
