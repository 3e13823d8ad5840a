package dev.flinkcookbook.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Everything that a {@link SessionCluster} writes, in one temporary folder. */
final class SessionClusterFolder {
    private static final int ERROR_LINES = 20;

    private final Path root = TemporaryFolder.create("session-cluster");

    SessionClusterFolder() {
        try {
            for (Path folder : List.of(
                    configuration(), checkpoints(), savepoints(), logs(), temporary(), highAvailability(), uploads())) {
                Files.createDirectories(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path root() {
        return root;
    }

    Path configuration() {
        return root.resolve("conf");
    }

    Path checkpoints() {
        return root.resolve("checkpoints");
    }

    Path savepoints() {
        return root.resolve("savepoints");
    }

    Path highAvailability() {
        return root.resolve("ha");
    }

    Path uploads() {
        return root.resolve("uploads");
    }

    Path temporary() {
        return root.resolve("tmp");
    }

    Path zooKeeper() {
        return root.resolve("zookeeper");
    }

    Path logs() {
        return root.resolve("logs");
    }

    /** The log of a process. */
    Path log(String name) {
        return logs().resolve(name + ".log");
    }

    /** Writes a file of {@link #configuration()}. */
    Path configure(String file, List<String> lines) {
        try {
            return Files.write(configuration().resolve(file), lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The last root cause that a process's log has, or its last lines. */
    String reason(String name) {
        try {
            List<String> lines = Files.readAllLines(log(name));
            return lines.stream()
                    .filter(line -> line.startsWith("Caused by: "))
                    .reduce((before, last) -> last)
                    .orElseGet(() ->
                            String.join("\n", lines.subList(Math.max(0, lines.size() - ERROR_LINES), lines.size())));
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }

    void delete() {
        TemporaryFolder.delete(root);
    }
}
