package dev.flinkcookbook.rules;

import java.util.ArrayList;
import java.util.List;

/** The root README's table of versions says what the parent pom says: a row is a label and a version. */
final class VersionRule {

    /** The label of a row, and the property of the parent that it shows. */
    private record Shown(String label, String property) {}

    private static final List<Shown> ROWS = List.of(
            new Shown("Flink", "flink.version"),
            new Shown("Kafka connector", "flink-connector-kafka.version"),
            new Shown("Kafka clients and broker", "kafka.version"),
            new Shown("Java", "maven.compiler.release"));

    private VersionRule() {}

    static List<String> violations(Repository repository) {
        List<String> violations = new ArrayList<>();
        List<MarkdownFile.Row> rows = repository.readme().rows();
        for (Shown row : ROWS) {
            String version = repository.parent().property(row.property()).orElse("nothing");
            List<String> shown = rows.stream()
                    .map(MarkdownFile.Row::cells)
                    .filter(cells -> cells.size() > 1 && cells.get(0).equals(row.label()))
                    .map(cells -> cells.get(1))
                    .toList();
            if (!shown.equals(List.of(version))) {
                violations.add("README.md: the table of versions shows " + shown + " for " + row.label()
                        + "; pom.xml says " + version + ", so write one row | " + row.label() + " | " + version + " |");
            }
        }
        return violations;
    }
}
