package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexRuleTest {

    @TempDir
    Path folder;

    private RepositoryFixture fixture;

    @BeforeEach
    void aCompleteRepository() {
        fixture = RepositoryFixture.withRecipe(folder)
                .with("late-data/README.md", "# Late data\n")
                .with("README.md", """
                        | Recipe | What it shows |
                        |---|---|
                        | [late-data](late-data/) | Events that come late. |
                        """);
    }

    private List<String> violations() {
        return IndexRule.violations(fixture.repository());
    }

    @Test
    void acceptsACompleteRepository() {
        assertThat(violations()).isEmpty();
    }

    @Test
    void missesAModuleThatIsNotLinked() {
        fixture.with("README.md", "# Index\n\nlate-data\n");
        assertThat(violations())
                .hasSize(2)
                .anySatisfy(line -> assertThat(line).contains("add [late-data](late-data/)"))
                .anySatisfy(line -> assertThat(line).contains("no table row that links to late-data/"));
    }

    @Test
    void missesAnotherSentenceThanThePoms() {
        fixture.with("README.md", """
                | Recipe | What it shows |
                |---|---|
                | [late-data](late-data/) | Events that come too late. |
                """);
        assertThat(violations()).singleElement().asString().endsWith(": Events that come late.");
    }

    @Test
    void findsAReadmeAndAPomThatAreTooLong() {
        fixture.with("late-data/README.md", "line\n".repeat(151));
        fixture.with("late-data/pom.xml", read("late-data/pom.xml") + "\n".repeat(70));
        assertThat(violations())
                .hasSize(2)
                .anySatisfy(line -> assertThat(line).startsWith("late-data/README.md: 151 lines"))
                .anySatisfy(line -> assertThat(line).startsWith("late-data/pom.xml: "));
    }

    @Test
    void findsAVersionInARecipesPom() {
        fixture.with(
                "late-data/pom.xml",
                read("late-data/pom.xml")
                        .replace(
                                "</project>",
                                "<dependencies><dependency><version>3</version>"
                                        + "</dependency></dependencies></project>"));
        assertThat(violations()).singleElement().asString().contains("has the versions [3]");
    }

    @Test
    void missesTheReadmeAndThePackagesWords() throws Exception {
        Files.delete(folder.resolve("late-data/README.md"));
        Files.delete(folder.resolve("late-data/src/main/java/dev/flinkcookbook/latedata/package-info.java"));
        assertThat(violations())
                .containsExactly(
                        "late-data: no README.md; write one",
                        "late-data: no package-info.java; write the problem and the idea in five lines");
    }

    private String read(String file) {
        try {
            return Files.readString(folder.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
