package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.fail;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What holds for the files of this repository. Each rule's own class says exactly what it asks for. */
class RepositoryTest {

    private static final Repository REPOSITORY = Repository.here();

    private static void assertNone(List<String> violations) {
        if (!violations.isEmpty()) {
            fail(violations.size() + " to mend:\n" + String.join("\n", violations));
        }
    }

    @Test
    void javaBlocksStandInTheirFiles() {
        assertNone(SnippetRule.violations(REPOSITORY));
    }

    @Test
    void blocksSayWhetherTheyAreRun() {
        assertNone(FenceRule.violations(REPOSITORY));
    }

    @Test
    void linksLeadToFilesAndHeadings() {
        assertNone(LinkRule.violations(REPOSITORY));
    }

    @Test
    void everyModuleIsInTheIndexAndEveryRecipeIsComplete() {
        assertNone(IndexRule.violations(REPOSITORY));
    }

    @Test
    void theTableOfVersionsIsTrue() {
        assertNone(VersionRule.violations(REPOSITORY));
    }

    @Test
    void filesNameNoMachineAndNoTool() {
        assertNone(WordRule.violations(REPOSITORY));
    }

    @Test
    void runConfigurationsStartEveryRecipe() {
        assertNone(RunConfigurationRule.violations(REPOSITORY));
    }

    @Test
    void pomsKeepTestsOutOfJobsAndThisModuleLast() {
        assertNone(ModuleRule.violations(REPOSITORY));
    }
}
