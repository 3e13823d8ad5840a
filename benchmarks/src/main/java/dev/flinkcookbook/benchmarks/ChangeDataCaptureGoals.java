package dev.flinkcookbook.benchmarks;

import java.util.List;

/** What the views must reach beside SQL that removes duplicates too. */
final class ChangeDataCaptureGoals {

    private ChangeDataCaptureGoals() {}

    static List<Goal> of(Results results) {
        return List.of(
                Goal.floor(
                        "view, hashmap",
                        "Flink SQL, duplicates removed, hashmap",
                        1.5,
                        3,
                        results.steadyRatio(Variant.VIEW_HASHMAP, Variant.SQL_UPSERT_HASHMAP)),
                Goal.floor(
                        "view, RocksDB",
                        "Flink SQL, duplicates removed, RocksDB",
                        1.5,
                        3,
                        results.steadyRatio(Variant.VIEW_ROCKSDB, Variant.SQL_UPSERT_ROCKSDB)));
    }
}
