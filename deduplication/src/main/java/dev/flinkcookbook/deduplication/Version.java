package dev.flinkcookbook.deduplication;

import java.time.Instant;

/**
 * How new an event is: an integer, or an instant. The two kinds do not compare.
 *
 * @param instant whether {@code number} is seconds since the epoch
 * @param number the integer, or the seconds
 * @param nanos of the second; 0 for an integer
 */
public record Version(boolean instant, long number, int nanos) {

    static Version of(long integer) {
        return new Version(false, integer, 0);
    }

    static Version of(Instant instant) {
        return new Version(true, instant.getEpochSecond(), instant.getNano());
    }

    boolean isComparableTo(Version other) {
        return instant == other.instant;
    }

    boolean isNewerThan(Version other) {
        return number != other.number ? number > other.number : nanos > other.nanos;
    }
}
