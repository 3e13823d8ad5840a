package dev.flinkcookbook.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** No file says where or how it was written: such words mean nothing on a reader's machine. */
final class WordRule {

    /** In pieces, so that this file does not have them. */
    private static final List<String> WORDS =
            List.of("/wo" + "rk/", ".." + "/shared", "this " + "session", "sub" + "agent");

    private WordRule() {}

    static List<String> violations(Repository repository) {
        List<String> violations = new ArrayList<>();
        for (Path file : repository.files()) {
            List<String> lines = text(file).lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i).toLowerCase(Locale.ROOT);
                for (String word : WORDS) {
                    if (line.contains(word)) {
                        violations.add(repository.relative(file) + ":" + (i + 1) + ": has '" + word
                                + "'; say it without the machine or the author's tools");
                    }
                }
            }
        }
        return violations;
    }

    /** Every byte is a character in this encoding, so a picture is read too and finds nothing. */
    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
