package dev.flinkcookbook.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The files of a checkout, seen from its root. */
record Repository(Path root) {

    private static final Set<String> NOT_SOURCES = Set.of(".git", "target", ".idea");

    /** The repository that this test runs in: the next folder upwards that has Maven's wrapper. */
    static Repository here() {
        Path start = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        for (Path folder = start; folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("mvnw"))) {
                return new Repository(folder);
            }
        }
        throw new IllegalStateException("no folder with mvnw at or above " + start);
    }

    Pom parent() {
        return Pom.read(root.resolve("pom.xml"));
    }

    List<MavenModule> modules() {
        return parent().modules().stream()
                .map(name -> MavenModule.in(root, name))
                .toList();
    }

    List<MavenModule> recipes() {
        return modules().stream().filter(MavenModule::isRecipe).toList();
    }

    Optional<MavenModule> module(String name) {
        return modules().stream().filter(module -> module.name().equals(name)).findFirst();
    }

    /** What git tracks or would add; every file outside build folders where this is no git checkout. */
    List<Path> files() {
        return trackedFiles().orElseGet(this::walkedFiles);
    }

    List<MarkdownFile> markdown() {
        return files().stream()
                .filter(file -> file.toString().endsWith(".md"))
                .map(MarkdownFile::read)
                .toList();
    }

    /** The root README; one without content where there is none, so that the rules say what to write. */
    MarkdownFile readme() {
        Path file = root.resolve("README.md");
        return Files.exists(file) ? MarkdownFile.read(file) : MarkdownFile.empty(file);
    }

    /** A path as a reader of a message wants it: {@code late-data/README.md}. */
    String relative(Path file) {
        return root.relativize(file).toString();
    }

    /** {@code late-data/README.md:12} */
    String place(MarkdownFile file, int line) {
        return relative(file.path()) + ":" + line;
    }

    private Optional<List<Path>> trackedFiles() {
        if (!Files.exists(root.resolve(".git"))) {
            return Optional.empty();
        }
        try {
            Process git = new ProcessBuilder("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
                    .directory(root.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String names = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (git.waitFor() != 0) {
                return Optional.empty();
            }
            // A file that is deleted but not yet committed is still listed.
            return Optional.of(Stream.of(names.split("\0"))
                    .filter(name -> !name.isEmpty())
                    .map(root::resolve)
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList());
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while git listed its files", e);
        }
    }

    private List<Path> walkedFiles() {
        List<Path> files = new ArrayList<>();
        try {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    return NOT_SOURCES.contains(folder.getFileName().toString())
                            ? FileVisitResult.SKIP_SUBTREE
                            : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    files.add(file);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files.stream().sorted().toList();
    }
}
