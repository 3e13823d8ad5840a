package dev.flinkcookbook.benchmarks;

import java.time.Duration;

/**
 * What a bound on the out-of-orderness buys and costs.
 *
 * @param bound as in {@code --out-of-orderness}
 * @param sent readings of the windows that were looked at
 * @param counted how many of them were in the first result of their window
 * @param visibleMillis the median of the time from the end of a window until a consumer saw its first result
 * @param visibleMillisP99 the 99th percentile of that
 * @param stateBytes the median of a checkpoint's size
 */
record BoundResult(
        Duration bound, long sent, long counted, double visibleMillis, double visibleMillisP99, double stateBytes) {

    double completeness() {
        return counted / (double) sent;
    }

    /** At least one reading, so that it has a place on a logarithmic scale. */
    double missingPercent() {
        return 100.0 * Math.max(1, sent - counted) / sent;
    }
}
