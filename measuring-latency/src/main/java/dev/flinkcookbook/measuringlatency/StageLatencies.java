package dev.flinkcookbook.measuringlatency;

import java.util.EnumMap;
import java.util.Map;

/** A histogram for each stage. */
public final class StageLatencies {

    private final Map<Stage, LatencyHistogram> histograms = new EnumMap<>(Stage.class);

    public StageLatencies() {
        for (Stage stage : Stage.values()) {
            histograms.put(stage, new LatencyHistogram());
        }
    }

    /** @param seenAt when a consumer of committed records alone saw the result */
    public void record(Stamps stamps, long seenAt) {
        histograms.forEach((stage, histogram) -> histogram.record(stamps.millis(stage, seenAt)));
    }

    public void add(StageLatencies other) {
        histograms.forEach((stage, histogram) -> histogram.add(other.of(stage)));
    }

    public LatencyHistogram of(Stage stage) {
        return histograms.get(stage);
    }
}
