package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WordRuleTest {

    @TempDir
    Path folder;

    @Test
    void findsAPathOfTheAuthorsMachine() {
        RepositoryFixture fixture = RepositoryFixture.withRecipe(folder)
                .with("docs/a.md", "one\nsee /wo" + "rk/main\n")
                .with("docs/b.md", "a wo" + "rk/around, framework/main\n")
                .with("target/c.md", "see /wo" + "rk/main\n");
        assertThat(WordRule.violations(fixture.repository()))
                .singleElement()
                .asString()
                .startsWith("docs/a.md:2: has '/wo");
    }

    @Test
    void findsTheAuthorsToolsInAnyCase() {
        RepositoryFixture fixture = RepositoryFixture.withRecipe(folder)
                .with("cookbook", "# Written in this Ses" + "sion by a Sub" + "agent\n");
        assertThat(WordRule.violations(fixture.repository())).hasSize(2);
    }
}
