package dev.flinkcookbook.rules;

import dev.flinkcookbook.testbed.Permission;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A row of docs/kafka-acls.md: what one job must be allowed to do. Names are those of the flags' defaults. */
record KafkaPermissions(String job, List<String> inputs, List<String> outputs, String group, String transactionalIds) {

    static final String PAGE = "docs/kafka-acls.md";

    private static final String TITLE = "Job";

    /** All rows, in the order of the page. */
    static List<KafkaPermissions> of(Repository repository) {
        List<MarkdownFile.Row> rows =
                MarkdownFile.read(repository.root().resolve(PAGE)).rows();
        return rows.stream()
                .map(MarkdownFile.Row::cells)
                .dropWhile(cells -> !cells.get(0).equals(TITLE))
                .skip(1)
                .takeWhile(cells -> cells.size() == 5)
                .map(cells -> new KafkaPermissions(
                        cells.get(0), names(cells.get(1)), names(cells.get(2)), cells.get(3), cells.get(4)))
                .toList();
    }

    private static List<String> names(String cell) {
        return Arrays.asList(cell.split(", "));
    }

    Set<String> topics() {
        Set<String> topics = new LinkedHashSet<>(inputs);
        topics.addAll(outputs);
        return topics;
    }

    /** The row as the permissions that it stands for. */
    Set<Permission> permissions() {
        Set<Permission> permissions = new LinkedHashSet<>();
        inputs.forEach(topic -> permissions.add(Permission.of("Read", "topic", topic)));
        outputs.forEach(topic -> {
            permissions.add(Permission.of("Write", "topic", topic));
            permissions.add(Permission.of("Read", "topic", topic));
        });
        permissions.add(Permission.of("Read", "group", group));
        permissions.add(Permission.of("Write", "transactional id", transactionalIds));
        return permissions;
    }

    @Override
    public String toString() {
        return job;
    }
}
