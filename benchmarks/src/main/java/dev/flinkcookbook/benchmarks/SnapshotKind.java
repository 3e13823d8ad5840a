package dev.flinkcookbook.benchmarks;

/** What Flink can be asked for. */
enum SnapshotKind {
    CANONICAL_SAVEPOINT("savepoint, canonical"),
    NATIVE_SAVEPOINT("savepoint, native"),
    FULL_CHECKPOINT("checkpoint, full"),
    INCREMENTAL_CHECKPOINT("checkpoint, incremental");

    private final String label;

    SnapshotKind(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
