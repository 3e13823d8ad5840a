package dev.flinkcookbook.measuringlatency;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The latency of events, end to end, by the time at which they were due; and the mean of each stage, which may be negative where clocks
 * differ: only so do the means add up.
 */
final class LatencyOverTime {

    /** Columns of equal length, a row for each slice of time in which an event was due. */
    record Columns(
            List<Double> second, List<Long> p50, List<Long> p99, List<Long> max, Map<String, List<Double>> means) {}

    private static final class Slice {
        private final LatencyHistogram endToEnd = new LatencyHistogram();
        private final Map<Stage, Long> sums = new EnumMap<>(Stage.class);

        private double mean(Stage stage) {
            return (double) sums.get(stage) / endToEnd.count();
        }
    }

    private final long sliceMillis;
    private final TreeMap<Long, Slice> slices = new TreeMap<>();

    /** @param run about how long the whole lasts; there will be some hundred slices, none shorter than half a second */
    LatencyOverTime(Duration run) {
        sliceMillis = Math.max(500, run.toMillis() / 300);
    }

    /** @param seenAt when a consumer of committed records alone saw the result */
    void record(Stamps stamps, long seenAt) {
        Slice slice = slices.computeIfAbsent(Math.floorDiv(stamps.sentAt(), sliceMillis), number -> new Slice());
        slice.endToEnd.record(stamps.millis(Stage.END_TO_END, seenAt));
        for (Stage stage : Stage.values()) {
            slice.sums.merge(stage, stamps.millis(stage, seenAt), Long::sum);
        }
    }

    /** When the first slice begins, in milliseconds since the epoch; 0 if there is none. */
    long start() {
        return slices.isEmpty() ? 0 : slices.firstKey() * sliceMillis;
    }

    /** Of all events together. */
    double mean(Stage stage) {
        long sum = slices.values().stream()
                .mapToLong(slice -> slice.sums.get(stage))
                .sum();
        long count = slices.values().stream()
                .mapToLong(slice -> slice.endToEnd.count())
                .sum();
        return count == 0 ? 0 : (double) sum / count;
    }

    /** Seconds are counted from {@link #start}, each to the middle of its slice. */
    Columns columns() {
        Columns columns = new Columns(
                new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new LinkedHashMap<>());
        for (Stage stage : Stage.values()) {
            columns.means.put(nameOf(stage), new ArrayList<>());
        }
        slices.forEach((number, slice) -> {
            columns.second.add((number * sliceMillis + sliceMillis / 2.0 - start()) / 1000);
            columns.p50.add(slice.endToEnd.percentile(50));
            columns.p99.add(slice.endToEnd.percentile(99));
            columns.max.add(slice.endToEnd.percentile(100));
            for (Stage stage : Stage.values()) {
                columns.means.get(nameOf(stage)).add(slice.mean(stage));
            }
        });
        return columns;
    }

    /** As people read it: {@code until-visible}. */
    static String nameOf(Stage stage) {
        return stage.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
