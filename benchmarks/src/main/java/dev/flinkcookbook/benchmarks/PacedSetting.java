package dev.flinkcookbook.benchmarks;

import java.time.Duration;
import java.util.Optional;
import org.apache.flink.util.TimeUtils;

/**
 * What runs under a paced load.
 *
 * @param interval between checkpoints; empty without a job
 */
record PacedSetting(Variant variant, Optional<Duration> interval) {

    static PacedSetting of(Variant variant, Duration interval) {
        return new PacedSetting(variant, Optional.of(interval));
    }

    /** {@code 100 ms}, or a dash */
    String intervalText() {
        return interval.map(TimeUtils::formatWithHighestUnit).orElse("–");
    }

    @Override
    public String toString() {
        return variant
                + interval.map(duration -> " at " + TimeUtils.formatWithHighestUnit(duration))
                        .orElse("");
    }
}
