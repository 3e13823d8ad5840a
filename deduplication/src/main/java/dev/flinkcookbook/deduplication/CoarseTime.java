package dev.flinkcookbook.deduplication;

/**
 * Kafka's timestamp in four bytes of state rather than eight: tenths of a second, modulo 2³² of them (13 years). Only the
 * distance of two such times means anything.
 */
final class CoarseTime {

    private static final long MILLIS = 100;

    private CoarseTime() {}

    static int of(long timestampMillis) {
        return (int) (timestampMillis / MILLIS);
    }

    /** From {@code first} to {@code second}, to a tenth of a second, if they are less than 6 years apart. */
    static long millisBetween(int first, int second) {
        return (second - first) * MILLIS; // int subtraction: the wrap-around is what makes this right
    }
}
