package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FenceRuleTest {

    @TempDir
    Path folder;

    private List<String> violations(String readme) {
        return FenceRule.violations(
                RepositoryFixture.withRecipe(folder).with("README.md", readme).repository());
    }

    @Test
    void acceptsACommandThatTheBuildRuns() {
        assertThat(violations("""
                        ```bash
                        ./cookbook run late-data
                        ```
                        """)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"./mvnw verify", "cd late-data && mvn test", ".ci/run", "./.ci/run", "JAVA_HOME=/jdk ./mvnw -v"})
    void refusesABuildWithinTheBuild(String command) {
        assertThat(violations("""
                        ```bash
                        %s
                        ```
                        """.formatted(command)))
                .singleElement()
                .asString()
                .contains("write ```console");
    }

    @Test
    void doesNotTakeAFileForACommand() {
        assertThat(violations("""
                        ```bash
                        ls .mvn mvnw.cmd docs/mvn
                        ```
                        """)).isEmpty();
    }

    @Test
    void acceptsAConsoleBlockThatSaysWhyItIsNotRun() {
        assertThat(violations("""
                        <!-- not executed: a build within the build -->
                        ```console
                        ./mvnw verify
                        ```
                        """)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<!-- a build within the build -->",
                "<!-- not executed: -->",
                "<!-- not executed: too far above -->\n\nA sentence."
            })
    void refusesAConsoleBlockWithoutItsReason(String above) {
        assertThat(violations("""
                        %s
                        ```console
                        ./mvnw verify
                        ```
                        """.formatted(above)))
                .singleElement()
                .asString()
                .contains("<!-- not executed: the reason -->");
    }

    @Test
    void refusesAReasonThatNamesAReportThatIsNotThere() {
        String readme = """
                <!-- not executed: an hour; docs/benchmarks/late.md has the result -->
                ```console
                ./cookbook bench late
                ```
                """;
        assertThat(violations(readme)).singleElement().asString().contains("there is no docs/benchmarks/late.md");

        RepositoryFixture reported = RepositoryFixture.withRecipe(folder).with("docs/benchmarks/late.md", "# Late");
        assertThat(FenceRule.violations(reported.with("README.md", readme).repository()))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sh", "shell", "Java"})
    void refusesALanguageThatNoRuleLooksAt(String language) {
        assertThat(violations("""
                        ```%s
                        anything
                        ```
                        """.formatted(language)))
                .singleElement()
                .asString()
                .startsWith("README.md:1: a block of '" + language + "'");
    }

    @Test
    void refusesCodeThatIsOnlyIndented() {
        assertThat(violations("A sentence.\n\n    ./cookbook list\n"))
                .singleElement()
                .asString()
                .startsWith("README.md:3: code without a fence");
    }

    @Test
    void refusesAnEmptyCommand() {
        assertThat(violations("```bash\n```\n")).singleElement().asString().contains("an empty bash block");
    }
}
