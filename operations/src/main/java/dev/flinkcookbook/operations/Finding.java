package dev.flinkcookbook.operations;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Something that is wrong.
 *
 * @param name one stable, kebab-case word
 * @param facts what was seen, job first
 * @param says what it means
 * @param cure what to do about it
 */
record Finding(String name, Severity severity, Map<String, String> facts, String says, String cure) {

    enum Severity {
        /** Results are not coming. */
        CRITICAL,
        /** They may soon not be. */
        WARNING
    }

    static Finding critical(String name, Map<String, String> facts, String says, String cure) {
        return new Finding(name, Severity.CRITICAL, facts, says, cure);
    }

    static Finding warning(String name, Map<String, String> facts, String says, String cure) {
        return new Finding(name, Severity.WARNING, facts, says, cure);
    }

    /** Names and values in turn. */
    static Map<String, String> facts(Object... namesAndValues) {
        Map<String, String> facts = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            facts.put(namesAndValues[i].toString(), namesAndValues[i + 1].toString());
        }
        return facts;
    }

    /** One line of {@code key=value}; a value with blanks stands in quotes. */
    String line() {
        Map<String, String> pairs = new LinkedHashMap<>();
        pairs.put("finding", name);
        pairs.put("severity", severity.name().toLowerCase(Locale.ROOT));
        pairs.putAll(facts);
        pairs.put("says", says);
        pairs.put("do", cure);
        return pairs.entrySet().stream()
                .map(pair -> pair.getKey() + "=" + quoted(pair.getValue()))
                .collect(Collectors.joining(" "));
    }

    private static String quoted(String value) {
        return value.matches("[^\\s\"]+") ? value : '"' + value.replace('"', '\'') + '"';
    }
}
