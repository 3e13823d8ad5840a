package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.benchmarks.LargeStateRun.Restored;
import dev.flinkcookbook.benchmarks.LargeStateRun.Taken;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is measured is what it is said to be. */
class LargeStateRunIT {
    private static final int MEGABYTES = 10;
    private static final long STATE = MEGABYTES * 1_000_000L;
    private static final long KEYS = STATE / LargeStateJob.BYTES_PER_KEY;
    private static final long ONE_PERCENT = KEYS / 100;

    @TempDir
    private Path folder;

    private LargeStateRun filled(SnapshotSetting setting) throws Exception {
        LargeStateRun run = new LargeStateRun(new SnapshotTask(setting, MEGABYTES, 1, 1, folder));
        run.fill();
        return run;
    }

    @Test
    void anIncrementHasTheChangedKeysAndEveryOtherSnapshotTheWholeState() throws Exception {
        try (LargeStateRun run = filled(SnapshotSetting.ROCKSDB)) {
            Taken canonical = run.take(SnapshotKind.CANONICAL_SAVEPOINT);
            Taken inFormatOfTheBackend = run.take(SnapshotKind.NATIVE_SAVEPOINT);
            Taken full = run.take(SnapshotKind.FULL_CHECKPOINT);
            run.change(ONE_PERCENT);
            Taken increment = run.take(SnapshotKind.INCREMENTAL_CHECKPOINT);

            assertThat(List.of(canonical, inFormatOfTheBackend, full))
                    .allSatisfy(whole -> assertThat(whole.bytes()).isBetween(STATE * 9 / 10, STATE * 3 / 2));
            assertThat(increment.bytes()).isBetween(STATE / 100, STATE / 10);
        }
    }

    @Test
    void everySnapshotRestoresWhatWasInItAndNothingLater() throws Exception {
        try (LargeStateRun run = filled(SnapshotSetting.ROCKSDB)) {
            Taken canonical = run.take(SnapshotKind.CANONICAL_SAVEPOINT);
            Taken inFormatOfTheBackend = run.take(SnapshotKind.NATIVE_SAVEPOINT);
            Taken full = run.take(SnapshotKind.FULL_CHECKPOINT);
            run.change(ONE_PERCENT);
            Taken increment = run.take(SnapshotKind.INCREMENTAL_CHECKPOINT);
            run.stop();

            for (Taken whole : List.of(canonical, inFormatOfTheBackend, full)) {
                assertThat(restored(run, whole)).containsExactly(KEYS, sumBelow(KEYS));
            }
            // The first of the keys have been changed again, each by the change that is a lap further.
            assertThat(restored(run, increment))
                    .containsExactly(KEYS + ONE_PERCENT, sumBelow(KEYS) + ONE_PERCENT * KEYS);
        }
    }

    /** The changes in state, and the sum of the last ones' numbers. */
    private static List<Long> restored(LargeStateRun run, Taken taken) throws Exception {
        Restored restored = run.restore(taken, SnapshotSetting.ROCKSDB);
        assertThat(restored.usableMillis()).isBetween(0.0, restored.readMillis());
        return List.of(restored.changes(), restored.lastIndex());
    }

    private static long sumBelow(long number) {
        return number * (number - 1) / 2;
    }

    @Test
    void theCanonicalFormatAloneChangesTheStateBackend() throws Exception {
        try (LargeStateRun run = filled(SnapshotSetting.ROCKSDB)) {
            Taken canonical = run.take(SnapshotKind.CANONICAL_SAVEPOINT);
            Taken inFormatOfTheBackend = run.take(SnapshotKind.NATIVE_SAVEPOINT);
            run.stop();

            assertThat(run.restore(canonical, SnapshotSetting.HASHMAP).changes())
                    .isEqualTo(KEYS);
            assertThatThrownBy(() -> run.restore(inFormatOfTheBackend, SnapshotSetting.HASHMAP))
                    .hasStackTraceContaining("Unexpected state handle type");
        }
    }

    @Test
    void anUnalignedCheckpointHasWhatIsOnItsWayAndASavepointNever() throws Exception {
        try (LargeStateRun run = filled(SnapshotSetting.BUSY_UNALIGNED)) {
            Taken checkpoint = run.take(SnapshotKind.INCREMENTAL_CHECKPOINT);
            run.change(ONE_PERCENT); // It goes on from there.
            Taken savepoint = run.take(SnapshotKind.NATIVE_SAVEPOINT);
            run.stop();

            assertThat(checkpoint.inFlightBytes()).isGreaterThan(LargeStateJob.BYTES_PER_KEY);
            assertThat(savepoint.inFlightBytes()).isZero();
            assertThat(run.restore(checkpoint, SnapshotSetting.BUSY_UNALIGNED).changes())
                    .isEqualTo(checkpoint.position());
        }
    }

    @Test
    void anAlignedCheckpointHasNothingOnItsWay() throws Exception {
        try (LargeStateRun run = filled(SnapshotSetting.BUSY_ALIGNED)) {
            Taken checkpoint = run.take(SnapshotKind.INCREMENTAL_CHECKPOINT);
            run.stop();

            assertThat(checkpoint.inFlightBytes()).isZero();
            assertThat(run.restore(checkpoint, SnapshotSetting.BUSY_ALIGNED).changes())
                    .isEqualTo(checkpoint.position());
        }
    }
}
