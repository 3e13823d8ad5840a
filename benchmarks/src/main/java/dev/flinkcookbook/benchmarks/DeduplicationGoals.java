package dev.flinkcookbook.benchmarks;

import java.util.List;

/** What the recipe must reach beside its peers. */
final class DeduplicationGoals {

    /** Flat: what is left after the noise of one machine. */
    private static final double FLAT = 0.95;

    private DeduplicationGoals() {}

    static List<Goal> of(Results results, long records) {
        String rocksdb = "keep-first, RocksDB, " + Numbers.whole(records) + " records";
        return List.of(
                Goal.floor(
                        rocksdb,
                        "Flink SQL, RocksDB, the same settings",
                        1.7,
                        3,
                        results.steadyRatio(Variant.RECIPE_ROCKSDB, Variant.SQL_TUNED_ROCKSDB)),
                Goal.floor(
                        rocksdb,
                        "Flink SQL as it comes, RocksDB",
                        2.5,
                        5,
                        results.steadyRatio(Variant.RECIPE_ROCKSDB, Variant.SQL_ROCKSDB)),
                Goal.floor(
                        "keep-first, hashmap",
                        "Flink SQL, hashmap, the same settings",
                        1.6,
                        3,
                        results.steadyRatio(Variant.RECIPE_HASHMAP, Variant.SQL_TUNED_HASHMAP)),
                Goal.floor(
                        rocksdb,
                        "pass-through with the same sink settings",
                        0.3,
                        0.6,
                        results.steadyRatio(Variant.RECIPE_ROCKSDB, Variant.PASS_THROUGH)),
                Goal.ceiling(
                        "bytes per id, RocksDB",
                        "Flink SQL, RocksDB",
                        0.6,
                        0.4,
                        results.stateRatio(Variant.RECIPE_ROCKSDB, Variant.SQL_TUNED_ROCKSDB)),
                Goal.ceiling(
                        "bytes per id, hashmap",
                        "Flink SQL, hashmap",
                        0.6,
                        0.4,
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
}
