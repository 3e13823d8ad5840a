package dev.flinkcookbook.benchmarks;

import static dev.flinkcookbook.benchmarks.SnapshotKind.CANONICAL_SAVEPOINT;
import static dev.flinkcookbook.benchmarks.SnapshotKind.FULL_CHECKPOINT;
import static dev.flinkcookbook.benchmarks.SnapshotKind.INCREMENTAL_CHECKPOINT;
import static dev.flinkcookbook.benchmarks.SnapshotKind.NATIVE_SAVEPOINT;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.TypeConversionException;

/** How the job is set, and the snapshots that are taken of it, in their order. */
enum SnapshotSetting {
    HASHMAP("hashmap", "hashmap", false, false, false, CANONICAL_SAVEPOINT, NATIVE_SAVEPOINT, FULL_CHECKPOINT),
    ROCKSDB_FULL("RocksDB, `incremental: false`", "rocksdb", false, false, false, FULL_CHECKPOINT),
    ROCKSDB(
            "RocksDB",
            "rocksdb",
            true,
            false,
            false,
            CANONICAL_SAVEPOINT,
            NATIVE_SAVEPOINT,
            FULL_CHECKPOINT,
            INCREMENTAL_CHECKPOINT),
    BUSY_ALIGNED("aligned", "rocksdb", true, false, true, INCREMENTAL_CHECKPOINT, NATIVE_SAVEPOINT),
    BUSY_UNALIGNED("unaligned", "rocksdb", true, true, true, INCREMENTAL_CHECKPOINT, NATIVE_SAVEPOINT);

    private final String label;
    private final String stateBackend;
    private final boolean incremental;
    private final boolean unaligned;
    private final boolean busy;
    private final List<SnapshotKind> kinds;

    SnapshotSetting(
            String label,
            String stateBackend,
            boolean incremental,
            boolean unaligned,
            boolean busy,
            SnapshotKind... kinds) {
        this.label = label;
        this.stateBackend = stateBackend;
        this.incremental = incremental;
        this.unaligned = unaligned;
        this.busy = busy;
        this.kinds = List.of(kinds);
    }

    static SnapshotSetting named(String name) {
        return Arrays.stream(values())
                .filter(setting -> setting.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException(String.join(", ", names())));
    }

    static List<String> names() {
        return Arrays.stream(values()).map(SnapshotSetting::toString).toList();
    }

    String label() {
        return label;
    }

    String stateBackend() {
        return stateBackend;
    }

    boolean isIncremental() {
        return incremental;
    }

    boolean isUnaligned() {
        return unaligned;
    }

    /** Whether the snapshots are taken under back pressure. */
    boolean isBusy() {
        return busy;
    }

    List<SnapshotKind> kinds() {
        return kinds;
    }

    /** As the flag has it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
