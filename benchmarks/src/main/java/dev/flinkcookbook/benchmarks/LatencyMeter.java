package dev.flinkcookbook.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A way to know a job's latency that may be switched on, and what it is switched on with. */
enum LatencyMeter {
    NONE("none", 0, Map.of()),
    STAMPS("the recipe's stamps and histogram, every event", 1, Map.of()),
    LATENCY_MARKERS("Flink's latency markers, every second", 0, Map.of("metrics.latency.interval", "1s")),
    STATE_LATENCY("Flink's state access latency", 0, Map.of("state.latency-track.keyed-state-enabled", "true"));

    private final String label;
    private final int measureOneIn;
    private final Map<String, String> flinkOptions;

    LatencyMeter(String label, int measureOneIn, Map<String, String> flinkOptions) {
        this.label = label;
        this.measureOneIn = measureOneIn;
        this.flinkOptions = flinkOptions;
    }

    /** All that cost something. */
    static List<LatencyMeter> compared() {
        return Arrays.stream(values()).filter(meter -> meter != NONE).toList();
    }

    String label() {
        return label;
    }

    List<String> jobFlags() {
        return List.of("--measure-one-in", Integer.toString(measureOneIn));
    }

    Map<String, String> flinkOptions() {
        return flinkOptions;
    }
}
