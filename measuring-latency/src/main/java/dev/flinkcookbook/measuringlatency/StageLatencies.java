package dev.flinkcookbook.measuringlatency;

import java.util.EnumMap;
import java.util.Map;

/** A histogram for each stage. */
final class StageLatencies {

    private final Map<Stage, LatencyHistogram> histograms = new EnumMap<>(Stage.class);

    StageLatencies() {
        for (Stage stage : Stage.values()) {
            histograms.put(stage, new LatencyHistogram());
        }
    }

    /** @param seenAt when a consumer of committed records alone saw the result */
    void record(Stamps stamps, long seenAt) {
        histograms.forEach((stage, histogram) -> histogram.record(stamps.millis(stage, seenAt)));
    }

    void add(StageLatencies other) {
        histograms.forEach((stage, histogram) -> histogram.add(other.of(stage)));
    }

    LatencyHistogram of(Stage stage) {
        return histograms.get(stage);
    }
}
