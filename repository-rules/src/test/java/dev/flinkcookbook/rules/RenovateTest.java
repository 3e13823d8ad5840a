package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bot that proposes new versions knows the bounds of the pom, and each rule says why. */
class RenovateTest {

    private static final Repository REPOSITORY = Repository.here();

    private static List<JsonNode> rules() throws IOException {
        List<JsonNode> rules = new ArrayList<>();
        new ObjectMapper()
                .readTree(REPOSITORY.root().resolve("renovate.json").toFile())
                .path("packageRules")
                .forEach(rules::add);
        return rules;
    }

    @Test
    void everyRuleSaysWhyAndMeetsSomething() throws IOException {
        String pom = Files.readString(REPOSITORY.root().resolve("pom.xml"));
        String compose = Files.readString(REPOSITORY.root().resolve("docker-compose.yml"));
        assertThat(rules()).isNotEmpty().allSatisfy(rule -> {
            assertThat(rule.path("description").asText()).endsWith(".");
            assertThat(rule.path("matchPackageNames")).isNotEmpty().allSatisfy(node -> {
                String name = node.asText().replaceAll("[.-]?\\*\\*$", "");
                String[] groupAndArtifact = name.split(":");
                if (node.asText().contains(":")) {
                    assertThat(pom).contains("<groupId>" + groupAndArtifact[0]);
                    assertThat(pom)
                            .contains("<artifactId>" + (groupAndArtifact.length == 2 ? groupAndArtifact[1] : ""));
                } else {
                    assertThat(compose).contains("image: " + name + ":");
                }
            });
        });
    }

    /** The bound is the next minor release: it lets through what only mends, and a new line of the pom moves it. */
    @ParameterizedTest
    @CsvSource({"Kafka, kafka.version", "Flink, flink.version"})
    void theBoundIsBehindTheLineOfThePom(String group, String property) throws IOException {
        String[] version = REPOSITORY.parent().property(property).orElseThrow().split("\\.");

        assertThat(rules())
                .filteredOn(rule -> rule.path("groupName").asText().equals(group))
                .extracting(rule -> rule.path("allowedVersions").asText())
                .containsExactly("<" + version[0] + "." + (Integer.parseInt(version[1]) + 1));
    }
}
