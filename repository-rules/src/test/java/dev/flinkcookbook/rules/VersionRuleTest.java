package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionRuleTest {

    private static final String TABLE = """
            | What | Version |
            |---|---|
            | Flink | 2.3.0 |
            | Kafka connector | `5.0.0-2.2` |
            | Kafka clients and broker | 4.2.2 |
            | Java | 17 |
            """;

    @TempDir
    Path folder;

    private List<String> violations(String readme) {
        return VersionRule.violations(
                RepositoryFixture.withRecipe(folder).with("README.md", readme).repository());
    }

    @Test
    void acceptsTheVersionsOfThePom() {
        assertThat(violations(TABLE)).isEmpty();
    }

    @Test
    void findsAnOldVersion() {
        assertThat(violations(TABLE.replace("4.2.2", "4.2.1")))
                .singleElement()
                .asString()
                .contains("shows [4.2.1] for Kafka clients and broker")
                .endsWith("write one row | Kafka clients and broker | 4.2.2 |");
    }

    @Test
    void findsAnImageThatTheTestsDoNotRunWith() {
        RepositoryFixture fixture =
                RepositoryFixture.withRecipe(folder).with("README.md", TABLE).with("docker-compose.yml", """
                        services:
                          kafka:
                            image: apache/kafka:4.2.2
                          jobmanager:
                            image: flink:2.3.0-java17
                          taskmanager:
                            image: flink:latest
                        """);
        assertThat(VersionRule.violations(fixture.repository()))
                .singleElement()
                .asString()
                .startsWith("docker-compose.yml: starts flink:latest;")
                .endsWith("write apache/kafka:4.2.2 or flink:2.3.0-java17");
    }

    @Test
    void missesARow() {
        assertThat(violations(TABLE.replace("| Java | 17 |\n", "")))
                .singleElement()
                .asString()
                .contains("shows [] for Java");
    }

    @Test
    void missesTheWholeReadme() {
        assertThat(VersionRule.violations(RepositoryFixture.withRecipe(folder).repository()))
                .hasSize(4);
    }
}
