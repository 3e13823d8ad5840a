package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnippetRuleTest {

    @TempDir
    Path folder;

    private RepositoryFixture fixture;

    @BeforeEach
    void aRepository() {
        fixture = RepositoryFixture.withRecipe(folder);
    }

    private List<String> violations(String readme) {
        return SnippetRule.violations(
                fixture.with("late-data/README.md", readme).repository());
    }

    @Test
    void acceptsAnExcerptAtAnotherIndentation() {
        assertThat(violations("""
                        ```java LateDataJob.java
                        public static void main(String[] args) {
                            split();
                            count();

                            done();
                        }
                        ```
                        """)).isEmpty();
    }

    @Test
    void acceptsSeveralExcerptsInTheirOrder() {
        assertThat(violations("""
                        ```java LateDataJob.java
                        split();
                        …
                        done();
                        // ...
                        }
                        ```
                        """)).isEmpty();
    }

    @Test
    void refusesExcerptsInAnotherOrder() {
        assertThat(violations("""
                        ```java LateDataJob.java
                        done();
                        …
                        split();
                        ```
                        """)).singleElement().asString().contains("LateDataJob.java at its line\n    split();");
    }

    @Test
    void showsTheOneLineThatDiffers() {
        assertThat(violations("""
                        # Late data

                        ```java LateDataJob.java
                        split();
                        countAll();
                        ```
                        """))
                .singleElement()
                .asString()
                .startsWith("late-data/README.md:3: ")
                .contains("    countAll();");
    }

    @Test
    void refusesLinesThatWereLeftOutWithoutAnEllipsis() {
        assertThat(violations("""
                        ```java LateDataJob.java
                        split();
                        done();
                        ```
                        """)).singleElement().asString().contains("    done();");
    }

    @Test
    void refusesAnotherIndentationWithinTheExcerpt() {
        assertThat(violations("""
                        ```java LateDataJob.java
                        split();
                          count();
                        ```
                        """)).singleElement().asString().contains("      count();");
    }

    @Test
    void refusesABlockWithoutAFile() {
        assertThat(violations("""
                        ```java
                        split();
                        ```
                        """)).singleElement().asString().contains("write ```java File.java");
    }

    @Test
    void refusesAFileThatDoesNotExist() {
        assertThat(violations("""
                        ```java LateData.java
                        split();
                        ```
                        """)).singleElement().asString().contains("there is no LateData.java");
    }

    @Test
    void tellsFilesOfOneNameApartByTheirPath() {
        fixture.with("late-data/src/main/java/v1/Totals.java", "one();")
                .with("late-data/src/main/java/v2/Totals.java", "two();");
        assertThat(violations("""
                        ```java Totals.java
                        two();
                        ```
                        """)).singleElement().asString().contains("Totals.java could be [");
        assertThat(violations("""
                        ```java v2/Totals.java
                        two();
                        ```
                        """)).isEmpty();
    }

    @Test
    void prefersTheFileOfTheReadmesOwnModule() {
        fixture.with("other/src/main/java/LateDataJob.java", "other();");
        assertThat(violations("""
                        ```java LateDataJob.java
                        split();
                        ```
                        """)).isEmpty();
    }
}
