package dev.flinkcookbook.testbed;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Flink's own jars, and nothing of a recipe: what the module flink-distribution has written down when it was built. */
public final class FlinkDistribution {
    private static final String RESOURCE = "/flink-distribution.classpath";
    private static final String WRITE_IT = "; this writes it: ./mvnw -pl flink-distribution process-resources";

    private FlinkDistribution() {}

    /**
     * The class path of a JobManager or TaskManager.
     *
     * @throws IllegalStateException if the module was not built by Maven, or its jars are gone
     */
    public static String classPath() {
        String classPath;
        try (InputStream resource = FlinkDistribution.class.getResourceAsStream(RESOURCE)) {
            if (resource == null) {
                throw new IllegalStateException("flink-distribution.classpath is not on the class path" + WRITE_IT);
            }
            classPath = new String(resource.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Stream.of(classPath.split(File.pathSeparator))
                .filter(jar -> !Files.exists(Path.of(jar)))
                .findFirst()
                .ifPresent(missing -> {
                    throw new IllegalStateException(
                            "flink-distribution.classpath names " + missing + ", which does not exist" + WRITE_IT);
                });
        return classPath;
    }
}
