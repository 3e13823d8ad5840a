package dev.flinkcookbook.rules;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** A relative link leads to a file of this repository, and its anchor to a heading there. */
final class LinkRule {

    private static final Pattern ELSEWHERE = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]*:.*");

    private LinkRule() {}

    static List<String> violations(Repository repository) {
        List<String> violations = new ArrayList<>();
        for (MarkdownFile file : repository.markdown()) {
            for (MarkdownFile.Target target : file.targets()) {
                violation(repository, file, target.destination())
                        .ifPresent(said -> violations.add(repository.place(file, target.line()) + ": " + said));
            }
        }
        return violations;
    }

    private static Optional<String> violation(Repository repository, MarkdownFile file, String destination) {
        if (ELSEWHERE.matcher(destination).matches()) {
            return Optional.empty();
        }
        if (destination.isEmpty() || destination.startsWith("/")) {
            return Optional.of("the link '" + destination + "' is not relative to this file; write it so that it is");
        }
        int hash = destination.indexOf('#');
        String name = decoded(hash < 0 ? destination : destination.substring(0, hash));
        String anchor = hash < 0 ? "" : decoded(destination.substring(hash + 1));
        Path target =
                name.isEmpty() ? file.path() : file.path().resolveSibling(name).normalize();
        if (!target.startsWith(repository.root()) || !Files.exists(target)) {
            return Optional.of("the link '" + destination + "' leads nowhere; name a file of this repository");
        }
        if (anchor.isEmpty()) {
            return Optional.empty();
        }
        if (!target.toString().endsWith(".md")) {
            return Optional.of(
                    "the link '" + destination + "' names a place that moves with the next edit; link the file");
        }
        var anchors = MarkdownFile.read(target).anchors();
        return anchors.contains(anchor)
                ? Optional.empty()
                : Optional.of("the link '" + destination + "' names no heading; there are " + anchors);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
