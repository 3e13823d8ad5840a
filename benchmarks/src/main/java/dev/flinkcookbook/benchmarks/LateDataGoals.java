package dev.flinkcookbook.benchmarks;

import java.util.List;

/** What the recipe must reach: nothing is dropped, and it is faster all the same. */
final class LateDataGoals {

    private LateDataGoals() {}

    static List<Goal> of(Results results) {
        return List.of(
                Goal.floor(
                        "windows, hashmap",
                        "Flink SQL TUMBLE, hashmap, the same settings",
                        1.2,
                        2,
                        results.steadyRatio(Variant.WINDOWS_HASHMAP, Variant.SQL_TUMBLE_HASHMAP)),
                Goal.floor(
                        "windows, RocksDB",
                        "Flink SQL TUMBLE, RocksDB, the same settings",
                        1.2,
                        2,
                        results.steadyRatio(Variant.WINDOWS_ROCKSDB, Variant.SQL_TUMBLE_ROCKSDB)));
    }
}
