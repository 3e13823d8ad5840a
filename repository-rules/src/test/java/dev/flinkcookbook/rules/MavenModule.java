package dev.flinkcookbook.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A module of the root pom. A module with a {@code job.main-class} is a recipe. */
record MavenModule(String name, Path folder, Pom pom) {

    static MavenModule in(Path root, String name) {
        return new MavenModule(
                name, root.resolve(name), Pom.read(root.resolve(name).resolve("pom.xml")));
    }

    boolean isRecipe() {
        return jobClass().isPresent();
    }

    Optional<String> jobClass() {
        return pom.property("job.main-class");
    }

    /** {@code late-data} has its classes in {@code dev.flinkcookbook.latedata}. */
    String javaPackage() {
        return name.equals("repository-rules")
                ? "dev.flinkcookbook.rules"
                : "dev.flinkcookbook." + name.replace("-", "");
    }

    /** The Java files of {@code src/main/java} or {@code src/test/java}; none where the folder is missing. */
    List<Path> sources(String mainOrTest) {
        return filesIn(folder.resolve("src").resolve(mainOrTest).resolve("java"));
    }

    /** Whether a class stands as a source file in main or test; nested classes as {@code Outer$Inner}. */
    boolean hasSourceOf(String className) {
        String file = className.replaceFirst("\\$.*", "").replace('.', '/') + ".java";
        return Stream.of("main", "test")
                .anyMatch(tree -> Files.isRegularFile(
                        folder.resolve("src").resolve(tree).resolve("java").resolve(file)));
    }

    private static List<Path> filesIn(Path sources) {
        if (!Files.isDirectory(sources)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(sources)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
