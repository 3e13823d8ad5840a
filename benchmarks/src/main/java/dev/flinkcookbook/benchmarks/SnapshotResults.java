package dev.flinkcookbook.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** What was measured, by size of the state, setting and kind of snapshot. */
final class SnapshotResults {
    private record Entry(int megabytes, SnapshotSetting setting, SnapshotMeasurement measurement) {}

    private final List<Entry> entries = new ArrayList<>();

    void add(int megabytes, SnapshotSetting setting, List<SnapshotMeasurement> measurements) {
        measurements.forEach(measurement -> entries.add(new Entry(megabytes, setting, measurement)));
    }

    /** Empty if it was not measured. */
    Optional<Spread> spread(
            int megabytes, SnapshotSetting setting, SnapshotKind kind, ToDoubleFunction<SnapshotMeasurement> what) {
        List<Double> values = entries.stream()
                .filter(entry -> entry.megabytes() == megabytes
                        && entry.setting() == setting
                        && entry.measurement().kind() == kind)
                .map(entry -> what.applyAsDouble(entry.measurement()))
                .toList();
        return values.isEmpty() ? Optional.empty() : Optional.of(Spread.of(values));
    }
}
