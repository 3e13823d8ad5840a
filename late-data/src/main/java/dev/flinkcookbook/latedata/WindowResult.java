package dev.flinkcookbook.latedata;

import java.time.Instant;
import java.util.Locale;

/**
 * What is published of a sensor and a window.
 *
 * @param from the start of the window
 * @param to its end, which belongs to the next one
 * @param totals at least one reading
 * @param revision 1 when it is first published, then higher with each change
 */
public record WindowResult(String sensor, Instant from, Instant to, Totals totals, Origin origin, long revision) {

    /** Which job has published it. */
    public enum Origin {
        WINDOW,
        CORRECTION;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
