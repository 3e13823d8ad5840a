package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunConfigurationRuleTest {

    private static final String JOB = "dev.flinkcookbook.latedata.LateDataJob";
    private static final String DEMO = "dev.flinkcookbook.latedata.LateDataDemo";

    @TempDir
    Path folder;

    private static String intellij(String module, String mainClass) {
        return """
                <component name="ProjectRunConfigurationManager">
                  <configuration default="false" name="any" type="Application">
                    <option name="MAIN_CLASS_NAME" value="%s" />
                    <module name="%s" />
                  </configuration>
                </component>
                """.formatted(mainClass, module);
    }

    private static String launch(String jobClass) {
        return """
                {
                  // VS Code allows comments here.
                  "version": "0.2.0",
                  "configurations": [
                    {"type": "java", "name": "job", "mainClass": "%s", "projectName": "late-data"},
                    {"type": "java", "name": "demo", "mainClass": "%s", "projectName": "late-data"},
                  ]
                }
                """.formatted(jobClass, DEMO);
    }

    private RepositoryFixture complete() {
        return RepositoryFixture.withRecipe(folder)
                .with(".run/job.run.xml", intellij("late-data", JOB))
                .with(".run/demo.run.xml", intellij("late-data", DEMO))
                .with(".vscode/launch.json", launch(JOB));
    }

    @Test
    void acceptsOneConfigurationForEachJobAndDemo() {
        assertThat(RunConfigurationRule.violations(complete().repository())).isEmpty();
    }

    @Test
    void missesTheFoldersWhereThereAreNone() {
        assertThat(RunConfigurationRule.violations(
                        RepositoryFixture.withRecipe(folder).repository()))
                .containsExactly(
                        ".run/*.run.xml: nothing starts " + JOB + " of late-data; add it",
                        ".run/*.run.xml: nothing starts " + DEMO + " of late-data; add it",
                        ".vscode/launch.json: nothing starts " + JOB + " of late-data; add it",
                        ".vscode/launch.json: nothing starts " + DEMO + " of late-data; add it");
    }

    @Test
    void findsAClassThatIsGone() {
        RepositoryFixture fixture = complete()
                .with(".run/job.run.xml", intellij("late-data", JOB + "2"))
                .with(".vscode/launch.json", launch(JOB + "2"));
        assertThat(RunConfigurationRule.violations(fixture.repository()))
                .hasSize(4)
                .anySatisfy(line -> assertThat(line).startsWith(".run/job.run.xml: late-data has no " + JOB + "2"))
                .anySatisfy(line ->
                        assertThat(line).startsWith(".vscode/launch.json (job): late-data has no " + JOB + "2"));
    }

    @Test
    void findsAModuleThatIsGone() {
        RepositoryFixture fixture = complete().with(".run/more.run.xml", intellij("early-data", JOB));
        assertThat(RunConfigurationRule.violations(fixture.repository()))
                .singleElement()
                .asString()
                .contains("names the module 'early-data'");
    }
}
