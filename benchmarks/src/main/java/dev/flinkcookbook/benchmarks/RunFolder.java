package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.testbed.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Holds everything that a benchmark puts on disk, and the children that write there. When it is closed, or this JVM ends
 * by Ctrl-C, the children die and the folder goes.
 */
final class RunFolder implements AutoCloseable {
    private static final int ERROR_LINES = 30;

    private final Path path;
    private final Set<ChildJvm> children = ConcurrentHashMap.newKeySet();
    private final Thread atExit = new Thread(this::clear, "benchmark-at-exit");
    private volatile boolean ending;

    private RunFolder(Path path) {
        this.path = path;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    static RunFolder created() throws IOException {
        return new RunFolder(
                Files.createTempDirectory("flink-cookbook-benchmark-").toRealPath());
    }

    /** What is done with a child while it runs. */
    interface WithChild<T> {
        T apply(ChildJvm child) throws Exception;
    }

    /** A new folder in it. */
    Path subfolder(String name) throws IOException {
        return Files.createDirectory(path.resolve(name));
    }

    Path file(String name) {
        return path.resolve(name);
    }

    /** Starts the child with the temporary folder of Java, and so of Kafka, Flink and RocksDB, in here. */
    ChildJvm start(ChildJvm.Launch launch, Path folder) {
        ChildJvm child = launch.property("java.io.tmpdir", folder.toString())
                .property("java.net.preferIPv4Stack", "true")
                .option("-XX:-UseSerialGC") // The testbed's choice for many small JVMs,
                .option("-XX:+UseG1GC") // and the one that Flink runs with.
                .errorsTo(errorsIn(folder))
                .start();
        children.add(child);
        if (ending) {
            child.kill();
        }
        return child;
    }

    /**
     * Starts the child, and ends it and its folder once the action is over.
     *
     * @throws IllegalStateException that of the action, with the child's name and the end of its log
     */
    <T> T inChild(String name, ChildJvm.Launch launch, Path folder, WithChild<T> action) throws Exception {
        ChildJvm child = start(launch, folder);
        try {
            return action.apply(child);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(name + ": " + e.getMessage() + "\n" + lastLines(errorsIn(folder)), e);
        } finally {
            end(child, folder);
        }
    }

    private static String lastLines(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - ERROR_LINES), lines.size()));
    }

    private static Path errorsIn(Path folder) {
        return folder.resolve("errors.log");
    }

    /** Kills the child if it still runs, and deletes its folder. */
    private void end(ChildJvm child, Path folder) {
        child.kill();
        children.remove(child);
        delete(folder);
    }

    private void clear() {
        ending = true;
        children.forEach(ChildJvm::kill);
        delete(path);
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException | UncheckedIOException gone) {
            // It need not be there: an interrupted start leaves nothing.
        }
    }

    @Override
    public void close() {
        clear();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException ending) {
            // The hook does the same right now.
        }
    }
}
