package dev.flinkcookbook.testbed;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Folders under {@code java.io.tmpdir} whose names start with {@code flink-cookbook-}. Their owners delete them; if this JVM
 * is killed first, {@link AfterThisJvm} does.
 */
public final class TemporaryFolder {
    private TemporaryFolder() {}

    /** A new, empty folder with the name in its own. */
    public static Path create(String name) {
        try {
            Path folder =
                    Files.createTempDirectory("flink-cookbook-" + name + "-").toRealPath();
            AfterThisJvm.delete(folder);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes what can be deleted: a server that is going down may still create or remove files meanwhile. */
    public static void delete(Path folder) {
        for (int attempt = 0; attempt < 3 && Files.exists(folder); attempt++) {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
            } catch (IOException | UncheckedIOException vanished) {
                // A file went away between listing and deleting it: look again.
            }
        }
    }
}
