package dev.flinkcookbook.rules;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Every block says what it is. {@code bash} is run by the build, so it starts no Maven and takes at most a few minutes;
 * {@code console} is not run, and the comment {@code <!-- not executed: the reason -->} directly above it says why.
 */
final class FenceRule {

    private static final Set<String> LANGUAGES = new TreeSet<>(
            Set.of("java", "bash", "console", "text", "mermaid", "json", "xml", "yaml", "properties", "sql", "diff"));
    private static final Pattern NOT_EXECUTED = Pattern.compile("<!-- not executed: (.*\\S.*) -->", Pattern.DOTALL);
    private static final Pattern MAVEN =
            Pattern.compile("(?<![\\w./-])(\\./mvnw|mvnw|mvn|(\\./)?\\.ci/run)(?![\\w.-])");
    private static final Pattern REPORT = Pattern.compile("[\\w./-]+/[\\w./-]+\\.(md|csv|txt|json|svg|png)\\b");

    private FenceRule() {}

    static List<String> violations(Repository repository) {
        List<String> violations = new ArrayList<>();
        for (MarkdownFile file : repository.markdown()) {
            for (int line : file.indentedCode()) {
                violations.add(
                        repository.place(file, line) + ": code without a fence; write ```text or another language");
            }
            for (MarkdownFile.Fence fence : file.fences()) {
                violation(repository, file, fence)
                        .ifPresent(said -> violations.add(repository.place(file, fence.line()) + ": " + said));
            }
        }
        return violations;
    }

    private static Optional<String> violation(Repository repository, MarkdownFile file, MarkdownFile.Fence fence) {
        if (!LANGUAGES.contains(fence.language())) {
            return Optional.of("a block of '" + fence.language() + "'; write one of " + LANGUAGES);
        }
        return switch (fence.language()) {
            case "bash" -> ofBash(fence);
            case "console" -> ofConsole(repository, file, fence);
            default -> Optional.empty();
        };
    }

    private static Optional<String> ofBash(MarkdownFile.Fence fence) {
        if (fence.text().isBlank()) {
            return Optional.of("an empty bash block; write the command, or remove it");
        }
        Matcher maven = MAVEN.matcher(fence.text());
        return maven.find()
                ? Optional.of("bash blocks are run by the build, and a build within the build is refused ("
                        + maven.group() + "); write ```console below a line <!-- not executed: the reason -->")
                : Optional.empty();
    }

    private static Optional<String> ofConsole(Repository repository, MarkdownFile file, MarkdownFile.Fence fence) {
        Matcher comment = NOT_EXECUTED.matcher(fence.above().orElse(""));
        if (!comment.matches()) {
            return Optional.of(
                    "a console block is not run; say why with a line <!-- not executed: the reason --> directly "
                            + "above the fence, or write ```bash so that it is run");
        }
        Matcher report = REPORT.matcher(comment.group(1));
        while (report.find()) {
            Path fromRoot = repository.root().resolve(report.group());
            Path fromFile = file.path().resolveSibling(report.group());
            if (!Files.exists(fromRoot) && !Files.exists(fromFile)) {
                return Optional.of("there is no " + report.group() + "; name a report that is committed");
            }
        }
        return Optional.empty();
    }
}
