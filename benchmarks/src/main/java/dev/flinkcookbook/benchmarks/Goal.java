package dev.flinkcookbook.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A ratio that the recipe must reach, and whether it did.
 *
 * @param isCeiling whether less is better
 * @param ratio empty if it was not measured
 */
record Goal(
        String what,
        String against,
        boolean isCeiling,
        double must,
        double aim,
        String aimText,
        Optional<Spread> ratio) {

    /** Flat: what is left after the noise of one machine. */
    private static final double FLAT = 0.95;

    static List<Goal> of(Results results, long records) {
        String rocksdb = "keep-first, RocksDB, " + Numbers.whole(records) + " records";
        return List.of(
                floor(
                        rocksdb,
                        "Flink SQL, RocksDB, the same settings",
                        1.7,
                        3,
                        results.steadyRatio(Variant.RECIPE_ROCKSDB, Variant.SQL_TUNED_ROCKSDB)),
                floor(
                        rocksdb,
                        "Flink SQL as it comes, RocksDB",
                        2.5,
                        5,
                        results.steadyRatio(Variant.RECIPE_ROCKSDB, Variant.SQL_ROCKSDB)),
                floor(
                        "keep-first, hashmap",
                        "Flink SQL, hashmap, the same settings",
                        1.6,
                        3,
                        results.steadyRatio(Variant.RECIPE_HASHMAP, Variant.SQL_TUNED_HASHMAP)),
                floor(
                        rocksdb,
                        "pass-through with the same sink settings",
                        0.3,
                        0.6,
                        results.steadyRatio(Variant.RECIPE_ROCKSDB, Variant.PASS_THROUGH)),
                ceiling(
                        "bytes per id, RocksDB",
                        "Flink SQL, RocksDB",
                        results.stateRatio(Variant.RECIPE_ROCKSDB, Variant.SQL_TUNED_ROCKSDB)),
                ceiling(
                        "bytes per id, hashmap",
                        "Flink SQL, hashmap",
                        results.stateRatio(Variant.RECIPE_HASHMAP, Variant.SQL_TUNED_HASHMAP)),
                new Goal(
                        "keep-first, RocksDB, rate with the most ids",
                        "its own with the fewest",
                        false,
                        0.8,
                        FLAT,
                        "flat (≥ %.2f ×)".formatted(FLAT),
                        results.growthRatio(Variant.RECIPE_ROCKSDB)));
    }

    private static Goal floor(String what, String against, double must, double aim, Optional<Spread> ratio) {
        return new Goal(what, against, false, must, aim, "≥ " + times(aim), ratio);
    }

    private static Goal ceiling(String what, String against, Optional<Spread> ratio) {
        return new Goal(what, against, true, 0.6, 0.4, "≤ " + times(0.4), ratio);
    }

    String mustText() {
        return (isCeiling ? "≤ " : "≥ ") + times(must);
    }

    /** In plain words. */
    String verdict() {
        if (ratio.isEmpty()) {
            return "not measured";
        }
        double measured = ratio.get().median();
        if (reaches(measured, aim)) {
            return "met, and the aim";
        }
        return reaches(measured, must) ? "met, not the aim" : "**missed**";
    }

    private boolean reaches(double measured, double bound) {
        return isCeiling ? measured <= bound : measured >= bound;
    }

    private static String times(double value) {
        return String.format(Locale.ROOT, "%.1f ×", value);
    }
}
