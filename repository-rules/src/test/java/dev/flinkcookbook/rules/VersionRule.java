package dev.flinkcookbook.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the parent pom says, the root README's table of versions says too, where a row is a label and a version, and so do the
 * images of docker-compose.yml.
 */
final class VersionRule {

    /** The label of a row, and the property of the parent that it shows. */
    private record Shown(String label, String property) {}

    private static final List<Shown> ROWS = List.of(
            new Shown("Flink", "flink.version"),
            new Shown("Kafka connector", "flink-connector-kafka.version"),
            new Shown("Kafka clients and broker", "kafka.version"),
            new Shown("Java", "maven.compiler.release"));

    private static final Pattern IMAGE = Pattern.compile("(?m)^\\s*image: *(.*\\S)");

    /** What no test runs with, pinned all the same. */
    private static final Set<String> OTHER_IMAGES = Set.of("prom/prometheus:v3.5.0", "grafana/grafana:12.1.0");

    private VersionRule() {}

    static List<String> violations(Repository repository) {
        List<String> violations = new ArrayList<>();
        List<MarkdownFile.Row> rows = repository.readme().rows();
        for (Shown row : ROWS) {
            String version = version(repository, row.property());
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
        violations.addAll(ofImages(repository));
        return violations;
    }

    private static List<String> ofImages(Repository repository) {
        Path file = repository.root().resolve("docker-compose.yml");
        if (!Files.exists(file)) {
            return List.of();
        }
        String kafka = "apache/kafka:" + version(repository, "kafka.version");
        String flink = "flink:" + version(repository, "flink.version") + "-java"
                + version(repository, "maven.compiler.release");
        try {
            return IMAGE.matcher(Files.readString(file))
                    .results()
                    .map(image -> image.group(1))
                    .filter(image -> !List.of(kafka, flink).contains(image) && !OTHER_IMAGES.contains(image))
                    .map(image -> "docker-compose.yml: starts " + image
                            + "; the tests run with the versions of pom.xml, so write " + kafka + " or " + flink)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String version(Repository repository, String property) {
        return repository.parent().property(property).orElse("nothing");
    }
}
