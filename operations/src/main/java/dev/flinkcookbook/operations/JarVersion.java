package dev.flinkcookbook.operations;

import dev.flinkcookbook.testbed.JarRun;
import java.nio.file.Path;
import java.util.List;

/**
 * A version of a job: all that must be known to start it.
 *
 * @param entryClass its main class; null for the one that the manifest names
 * @param parallelism where the job sets none
 */
record JarVersion(Path jar, String entryClass, List<String> flags, int parallelism) {

    JarRun run() {
        JarRun run = JarRun.with(flags).parallelism(parallelism);
        return entryClass == null ? run : run.mainClass(entryClass);
    }

    JarVersion withFlags(List<String> others) {
        return new JarVersion(jar, entryClass, others, parallelism);
    }

    JarVersion withParallelism(int other) {
        return new JarVersion(jar, entryClass, flags, other);
    }
}
