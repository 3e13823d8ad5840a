package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinkRuleTest {

    private static final String DOC = """
            # Versions & *upgrades* of `v1`

            ## Same
            ## Same
            """;

    @TempDir
    Path folder;

    private List<String> violations(String destination) {
        return LinkRule.violations(RepositoryFixture.withRecipe(folder)
                .with("docs/versions.md", DOC)
                .with("docs/with space.md", "")
                .with("late-data/README.md", "# Late data\n\nSee [this](" + destination + ").\n")
                .repository());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://flink.apache.org/nowhere#at-all",
                "pom.xml",
                "../docs",
                "../docs/versions.md",
                "../docs/with%20space.md",
                "#late-data",
                "../docs/versions.md#versions--upgrades-of-v1",
                "../docs/versions.md#same-1"
            })
    void acceptsWhatExists(String destination) {
        assertThat(violations(destination)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pom.xm",
                "../../elsewhere",
                "/docs/versions.md",
                "#early-data",
                "../docs/versions.md#same-2",
                "../docs/none.md#same",
                "pom.xml#L3"
            })
    void refusesWhatDoesNot(String destination) {
        assertThat(violations(destination))
                .singleElement()
                .asString()
                .startsWith("late-data/README.md:3: the link '" + destination + "'");
    }

    @Test
    void looksAtPicturesAndAtReferencesToo() {
        assertThat(LinkRule.violations(RepositoryFixture.withRecipe(folder)
                        .with("README.md", "![a picture](docs/none.png) and [a text][text]\n\n[text]: none.md\n")
                        .repository()))
                .hasSize(2);
    }
}
