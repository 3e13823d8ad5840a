package dev.flinkcookbook.deduplication;

import java.time.Duration;
import org.apache.flink.api.common.state.StateTtlConfig;

/** How long state lives in processing time, and how its memory comes back once it is expired. */
final class Retention {

    private static final int ENTRIES_TO_CHECK_PER_ACCESS = 2;
    private static final long ENTRIES_BEFORE_ASKING_THE_TIME_AGAIN = 10_000;

    private Retention() {}

    /** Counted from each write; an expired entry is never seen, even while it still occupies memory. */
    static StateTtlConfig.Builder since(Duration retention) {
        return StateTtlConfig.newBuilder(retention)
                .updateTtlOnCreateAndWrite()
                .neverReturnExpired()
                // On the heap: each access looks at a few further entries and removes the expired ones.
                .cleanupIncrementally(ENTRIES_TO_CHECK_PER_ACCESS, false)
                // In RocksDB: compaction drops what is expired. A file that no compaction touches for the length of the
                // retention is compacted for that reason; Flink's default for this is 30 days.
                .cleanupInRocksdbCompactFilter(ENTRIES_BEFORE_ASKING_THE_TIME_AGAIN, retention);
    }
}
