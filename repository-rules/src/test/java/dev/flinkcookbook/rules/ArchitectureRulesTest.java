package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import dev.flinkcookbook.rules.wrong.left.LeftManager;
import dev.flinkcookbook.rules.wrong.right.BaseRight;
import dev.flinkcookbook.rules.wrong.right.MainlessJob;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every rule of the architecture, red on classes that are wrong. */
class ArchitectureRulesTest {

    private static final String WRONG = "dev.flinkcookbook.rules.wrong";

    private static List<String> found(ArchRule rule, Class<?>... types) {
        JavaClasses classes = new ClassFileImporter().importClasses(types);
        return rule.evaluate(classes).getFailureReport().getDetails();
    }

    @Test
    void findsTheUseOfAnotherModule() {
        assertThat(found(Architecture.useOnly(WRONG, WRONG + ".left"), LeftManager.class))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).contains("BaseRight"));
        assertThat(found(Architecture.useOnly(WRONG, WRONG + ".left", WRONG + ".right"), LeftManager.class))
                .isEmpty();
    }

    @Test
    void findsAClassOutsideItsModulesPackage() {
        assertThat(found(Architecture.standIn(WRONG + ".left"), LeftManager.class, BaseRight.class))
                .singleElement()
                .asString()
                .contains("BaseRight");
    }

    @Test
    void findsATestLibraryInAJobJar() {
        assertThat(found(Architecture.workWithoutTestLibraries(), LeftManager.class, BaseRight.class))
                .singleElement()
                .asString()
                .contains("Assertions");
    }

    @Test
    void findsTheEndOfTheJvm() {
        assertThat(found(Architecture.leaveTheJvmRunning(), LeftManager.class, BaseRight.class))
                .singleElement()
                .asString()
                .contains("System.exit");
    }

    @Test
    void findsEverySleep() {
        assertThat(found(Architecture.waitOnConditions(), LeftManager.class, BaseRight.class))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("BaseRight.call"));
    }

    @Test
    void findsADisabledTest() {
        assertThat(found(Architecture.haveNoDisabledTest(), BaseRight.class, MainlessJob.class))
                .singleElement()
                .asString()
                .contains("MainlessJob");
    }

    @Test
    void findsNamesThatSayNothing() {
        assertThat(found(Architecture.haveTellingNames(), LeftManager.class, BaseRight.class, MainlessJob.class))
                .hasSize(2);
    }

    @Test
    void findsACycleOfPackages() {
        assertThat(found(Architecture.haveNoCycle(WRONG), LeftManager.class, BaseRight.class))
                .isNotEmpty();
    }

    @Test
    void findsAJobWithoutAPublicMain() {
        assertThat(found(Architecture.jobsHaveAMain(), BaseRight.class, MainlessJob.class))
                .singleElement()
                .asString()
                .contains("MainlessJob");
    }

    @Test
    void findsAJobWithoutDemoAndTest(@TempDir Path folder) {
        RepositoryFixture recipe = RepositoryFixture.withRecipe(folder);
        assertThat(ArchitectureTest.jobsWithout(recipe.repository(), "Demo")).isEmpty();
        assertThat(ArchitectureTest.jobsWithout(recipe.repository(), "JobIT"))
                .containsExactly("late-data: src/test/java/dev/flinkcookbook/latedata/LateDataJobIT.java");
    }

    @Test
    void wantsATestOfEachVersionOfAJobAndADemoOfTheFirst(@TempDir Path folder) {
        String v2 = "late-data/src/%s/java/dev/flinkcookbook/latedata/v2/";
        RepositoryFixture recipe = RepositoryFixture.withRecipe(folder)
                .with("late-data/src/test/java/dev/flinkcookbook/latedata/LateDataJobIT.java", "")
                .with(v2.formatted("main") + "SumsJob.java", "");
        assertThat(ArchitectureTest.jobsWithout(recipe.repository(), "Demo"))
                .containsExactly("late-data: src/test/java/dev/flinkcookbook/latedata/v1/SumsDemo.java");
        assertThat(ArchitectureTest.jobsWithout(recipe.repository(), "JobIT"))
                .containsExactly("late-data: src/test/java/dev/flinkcookbook/latedata/v2/SumsJobIT.java");
    }
}
