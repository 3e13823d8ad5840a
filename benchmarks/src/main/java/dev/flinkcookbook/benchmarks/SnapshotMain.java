package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.benchmarks.LargeStateRun.Restored;
import dev.flinkcookbook.benchmarks.LargeStateRun.Taken;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The main of a child JVM: runs one {@link SnapshotTask}. Its last line on standard output is {@code result} and the
 * measurements.
 */
final class SnapshotMain {
    static final String RESULT = "result ";

    private SnapshotMain() {}

    public static void main(String[] args) {
        try {
            System.out.println(RESULT
                    + measure(SnapshotTask.of(args)).stream()
                            .map(SnapshotMeasurement::encoded)
                            .collect(Collectors.joining(" ")));
            System.exit(0);
        } catch (Throwable e) {
            e.printStackTrace();
            System.exit(1); // Threads of a broken cluster may go on for ever.
        }
    }

    /**
     * Takes each kind of snapshot in each round, and then restores the newest of each kind as often.
     *
     * @throws IllegalStateException a restored state is not what was in the snapshot
     */
    static List<SnapshotMeasurement> measure(SnapshotTask task) throws Exception {
        List<SnapshotMeasurement> measurements = new ArrayList<>();
        try (LargeStateRun run = new LargeStateRun(task)) {
            run.fill();
            if (task.setting().isIncremental()) {
                run.take(SnapshotKind.FULL_CHECKPOINT); // Of which the first increment has the differences.
            }
            List<Map<SnapshotKind, Taken>> rounds = new ArrayList<>();
            for (int round = 1; round <= task.rounds(); round++) {
                if (!rounds.isEmpty()) {
                    deleteSavepoints(rounds.get(rounds.size() - 1));
                }
                rounds.add(takeEach(run, task));
            }
            run.stop();
            for (Map<SnapshotKind, Taken> round : rounds) {
                for (SnapshotKind kind : task.setting().kinds()) {
                    Taken newest = rounds.get(rounds.size() - 1).get(kind);
                    Restored restored = run.restore(newest, task.setting());
                    requireAllOf(newest, restored, task);
                    Taken taken = round.get(kind);
                    measurements.add(new SnapshotMeasurement(
                            kind,
                            taken.millis(),
                            taken.bytes(),
                            taken.inFlightBytes(),
                            restored.usableMillis(),
                            restored.readMillis()));
                }
            }
        }
        return measurements;
    }

    private static Map<SnapshotKind, Taken> takeEach(LargeStateRun run, SnapshotTask task) throws Exception {
        Map<SnapshotKind, Taken> taken = new EnumMap<>(SnapshotKind.class);
        for (SnapshotKind kind : task.setting().kinds()) {
            run.change(task.changedKeys());
            taken.put(kind, run.take(kind));
        }
        return taken;
    }

    /** The disk need not hold one of each round. Of checkpoints, a newer one may need the files of an older one. */
    private static void deleteSavepoints(Map<SnapshotKind, Taken> round) throws Exception {
        for (Taken taken : round.values()) {
            if (taken.kind() == SnapshotKind.CANONICAL_SAVEPOINT || taken.kind() == SnapshotKind.NATIVE_SAVEPOINT) {
                LargeStateRun.delete(taken.path());
            }
        }
    }

    /** Every change up to the snapshot is one in the sum of the keys' changes, and the last lap has changed each key last. */
    private static void requireAllOf(Taken taken, Restored restored, SnapshotTask task) {
        long changes = taken.position();
        long lastIndex = task.keys() * (2 * changes - task.keys() - 1) / 2;
        if (restored.changes() != changes || restored.lastIndex() != lastIndex) {
            throw new IllegalStateException("%s: %d changes were restored and last ones of sum %d, expected %d and %d"
                    .formatted(taken.kind().label(), restored.changes(), restored.lastIndex(), changes, lastIndex));
        }
    }
}
