package dev.flinkcookbook.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A {@code ```java File.java} block stands in that file word for word, at whatever indentation. A line that holds nothing but
 * an ellipsis leaves something out; the excerpts around it stand in the file in this order.
 *
 * <p>The file is looked for in the module that the Markdown file belongs to, and elsewhere if it is not there. Where two
 * have the same name, a piece of the path tells them apart: {@code ```java v2/Totals.java}.
 */
final class SnippetRule {

    private static final Set<String> ELLIPSES = Set.of("…", "...", "// …", "// ...");

    private SnippetRule() {}

    static List<String> violations(Repository repository) {
        List<String> violations = new ArrayList<>();
        List<Path> sources = repository.files().stream()
                .filter(file -> file.toString().endsWith(".java"))
                .toList();
        for (MarkdownFile file : repository.markdown()) {
            for (MarkdownFile.Fence fence : file.fences("java")) {
                violation(repository, sources, file, fence)
                        .ifPresent(said -> violations.add(repository.place(file, fence.line()) + ": " + said));
            }
        }
        return violations;
    }

    private static Optional<String> violation(
            Repository repository, List<Path> sources, MarkdownFile file, MarkdownFile.Fence fence) {
        String name = fence.argument();
        if (name.isEmpty()) {
            return Optional.of(
                    "a java block without a file; write ```java File.java, or ```text if it is no code of ours");
        }
        List<Path> candidates = candidates(repository, sources, file, name);
        if (candidates.size() != 1) {
            return Optional.of(
                    candidates.isEmpty()
                            ? "there is no " + name + "; name a file that exists"
                            : name + " could be "
                                    + candidates.stream()
                                            .map(repository::relative)
                                            .toList() + "; write more of its path");
        }
        return difference(readAll(candidates.get(0)), fence.text().lines().toList())
                .map(line -> "the block differs from " + repository.relative(candidates.get(0)) + " at its line\n    "
                        + line + "\ncopy the excerpt from the file again; a line with … alone leaves something out");
    }

    private static List<Path> candidates(Repository repository, List<Path> sources, MarkdownFile file, String name) {
        List<Path> named = sources.stream()
                .filter(source -> ("/" + repository.relative(source)).endsWith("/" + name))
                .toList();
        Path module = repository
                .root()
                .resolve(repository.root().relativize(file.path()).subpath(0, 1));
        List<Path> near =
                named.stream().filter(source -> source.startsWith(module)).toList();
        return near.isEmpty() ? named : near;
    }

    /** The first line of the block that the file does not have where it should be; empty if the block stands there. */
    static Optional<String> difference(List<String> file, List<String> block) {
        int from = 0;
        for (List<String> excerpt : excerpts(block)) {
            int best = 0;
            int found = -1;
            for (int start = from; start < file.size() && found < 0; start++) {
                int same = sameLines(file.subList(start, file.size()), excerpt);
                best = Math.max(best, same);
                found = same == excerpt.size() ? start : -1;
            }
            if (found < 0) {
                return Optional.of(excerpt.get(best));
            }
            from = found + excerpt.size();
        }
        return Optional.empty();
    }

    /** How many lines of the excerpt the file has from its first line on, with one shift of the indentation for all of them. */
    private static int sameLines(List<String> file, List<String> excerpt) {
        int shift = indentation(file.get(0)) - indentation(excerpt.get(0));
        int same = 0;
        while (same < excerpt.size() && same < file.size()) {
            String wanted = excerpt.get(same).stripTrailing();
            String there = file.get(same).stripTrailing();
            boolean equal = wanted.strip().equals(there.strip())
                    && (wanted.isEmpty() || indentation(there) - indentation(wanted) == shift);
            if (!equal) {
                return same;
            }
            same++;
        }
        return same;
    }

    private static List<List<String>> excerpts(List<String> block) {
        List<List<String>> excerpts = new ArrayList<>();
        List<String> current = new ArrayList<>();
        for (String line : Stream.concat(block.stream(), Stream.of("…")).toList()) {
            if (ELLIPSES.contains(line.strip())) {
                addWithoutBlankEdges(current, excerpts);
                current = new ArrayList<>();
            } else {
                current.add(line);
            }
        }
        return excerpts;
    }

    private static void addWithoutBlankEdges(List<String> lines, List<List<String>> excerpts) {
        int first = 0;
        int end = lines.size();
        while (first < end && lines.get(first).isBlank()) {
            first++;
        }
        while (end > first && lines.get(end - 1).isBlank()) {
            end--;
        }
        if (first < end) {
            excerpts.add(lines.subList(first, end));
        }
    }

    private static int indentation(String line) {
        return line.length() - line.stripLeading().length();
    }

    private static List<String> readAll(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
