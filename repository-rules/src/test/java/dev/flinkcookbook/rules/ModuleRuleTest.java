package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModuleRuleTest {

    private static final String PARENT = """
            <project>
              <modules>
                <module>late-data</module>
                <module>repository-rules</module>
              </modules>
            </project>
            """;

    @TempDir
    Path folder;

    private static String pom(String artifactId, String scope) {
        return """
                <project>
                  <properties>
                    <job.main-class>any.Job</job.main-class>
                  </properties>
                  <dependencies>
                    <dependency>
                      <groupId>dev.flinkcookbook</groupId>
                      <artifactId>%s</artifactId>
                      %s
                    </dependency>
                  </dependencies>
                </project>
                """.formatted(artifactId, scope);
    }

    private RepositoryFixture repository(String recipe, String rules) {
        return new RepositoryFixture(folder)
                .with("pom.xml", PARENT)
                .with("late-data/pom.xml", recipe)
                .with("repository-rules/pom.xml", rules);
    }

    @Test
    void acceptsTheTestbedInTestScope() {
        RepositoryFixture fixture =
                repository(pom("testbed", "<scope>test</scope>"), pom("late-data", "<scope>test</scope>"));
        assertThat(ModuleRule.violations(fixture.repository())).isEmpty();
    }

    @Test
    void refusesTheTestbedInTheJobJar() {
        RepositoryFixture fixture = repository(pom("testbed", ""), pom("late-data", ""));
        assertThat(ModuleRule.violations(fixture.repository()))
                .singleElement()
                .asString()
                .startsWith("late-data/pom.xml: testbed would end in the job jar");
    }

    @Test
    void missesAModuleThatMavenMayBuildLater() {
        RepositoryFixture fixture = repository(pom("common", ""), pom("common", ""));
        assertThat(ModuleRule.violations(fixture.repository()))
                .singleElement()
                .asString()
                .startsWith("repository-rules/pom.xml: does not depend on late-data");
    }
}
