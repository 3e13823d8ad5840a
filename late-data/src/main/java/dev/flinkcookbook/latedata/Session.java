package dev.flinkcookbook.latedata;

import java.util.ArrayList;
import java.util.List;

/**
 * Readings of a sensor of which each is less than a gap after the one before; as state. Times are milliseconds since the epoch.
 *
 * @param first the time of the first reading
 * @param last the time of the last one
 * @param publishedUnder first times under which it was published, itself or those that it was merged from
 * @param revision how often it was published, itself or the one of those that was published most often
 * @param isDue whether there is something that is not published
 */
public record Session(long first, long last, Totals totals, List<Long> publishedUnder, long revision, boolean isDue) {

    static Session of(Arrival arrival) {
        return new Session(arrival.at(), arrival.at(), Totals.of(arrival.celsius()), List.of(), 0, true);
    }

    /** Whether they are one: less than the gap lies between them. */
    boolean touches(Session other, long gapMillis) {
        return first - other.last < gapMillis && other.first - last < gapMillis;
    }

    Session merge(Session other) {
        List<Long> both = new ArrayList<>(publishedUnder);
        both.addAll(other.publishedUnder);
        return new Session(
                Math.min(first, other.first),
                Math.max(last, other.last),
                totals.plus(other.totals),
                both,
                Math.max(revision, other.revision),
                true);
    }

    Session published() {
        return new Session(first, last, totals, List.of(first), revision + 1, false);
    }
}
