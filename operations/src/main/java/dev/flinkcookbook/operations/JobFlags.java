package dev.flinkcookbook.operations;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The flags of a job, as words. */
final class JobFlags {
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");

    private JobFlags() {}

    /** The words of a text, as a shell would split it; what stands in quotation marks is one word. */
    static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            words.add(
                    matcher.group(1) != null
                            ? matcher.group(1)
                            : matcher.group(2) != null ? matcher.group(2) : matcher.group(3));
        }
        return words;
    }

    /** The flags, with others in the place of those that have the same name, and with those that are new at the end. */
    static List<String> replaced(List<String> flags, List<String> by) {
        Map<String, List<String>> all = byName(flags);
        all.putAll(byName(by));
        return all.values().stream().flatMap(List::stream).toList();
    }

    /** {@code --name value} and {@code --name=value} are flags of the same name; words before the first flag have none. */
    private static Map<String, List<String>> byName(List<String> words) {
        Map<String, List<String>> flags = new LinkedHashMap<>();
        String name = "";
        for (String word : words) {
            if (word.startsWith("--")) {
                name = word.replaceFirst("=.*", "");
            }
            flags.computeIfAbsent(name, unused -> new ArrayList<>()).add(word);
        }
        return flags;
    }
}
