package dev.flinkcookbook.benchmarks;

import java.nio.file.Path;

/**
 * What one child JVM does, and how it learns of it: as the arguments of its main.
 *
 * @param megabytes of state
 * @param changedPercent of the keys, before each snapshot
 * @param folder the child's own
 */
record SnapshotTask(SnapshotSetting setting, int megabytes, int rounds, int changedPercent, Path folder) {

    static SnapshotTask of(String[] arguments) {
        return new SnapshotTask(
                SnapshotSetting.valueOf(arguments[0]),
                Integer.parseInt(arguments[1]),
                Integer.parseInt(arguments[2]),
                Integer.parseInt(arguments[3]),
                Path.of(arguments[4]));
    }

    String[] arguments() {
        return new String[] {
            setting.name(),
            Integer.toString(megabytes),
            Integer.toString(rounds),
            Integer.toString(changedPercent),
            folder.toString()
        };
    }

    long keys() {
        return megabytes * 1_000_000L / LargeStateJob.BYTES_PER_KEY;
    }

    long changedKeys() {
        return keys() * changedPercent / 100;
    }
}
