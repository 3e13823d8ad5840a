package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The architecture of this repository, judged on the classes that its modules were compiled to. */
class ArchitectureTest {

    private static final String OURS = "dev.flinkcookbook";
    private static final String COMMON = OURS + ".common";
    private static final String TESTBED = OURS + ".testbed";

    /** What common shares is what every reader must learn first. Move a type to the recipe that needs it before raising this. */
    private static final int PUBLIC_TYPES_OF_COMMON = 12;

    /** Leaves of the graph of modules: nothing depends on them. */
    private static final Set<String> MAY_USE_ALL = Set.of("benchmarks", "repository-rules");

    private static final Repository REPOSITORY = Repository.here();

    @TestFactory
    Stream<DynamicTest> dependenciesPointOneWay() {
        return REPOSITORY.modules().stream().flatMap(module -> {
            String own = module.javaPackage();
            if (module.isRecipe()) {
                return Stream.of(
                        test(module, "main", Architecture.useOnly(OURS, own, COMMON)),
                        test(module, "test", Architecture.useOnly(OURS, own, COMMON, TESTBED)));
            }
            if (module.name().equals("operations")) {
                return Stream.of(test(module, "main", Architecture.useOnly(OURS, own, TESTBED)));
            }
            return MAY_USE_ALL.contains(module.name())
                    ? Stream.empty()
                    : Stream.of(
                            test(module, "main", Architecture.useOnly(OURS, own)),
                            test(module, "test", Architecture.useOnly(OURS, own)));
        });
    }

    @TestFactory
    Stream<DynamicTest> classesStandInThePackageOfTheirModule() {
        return everywhere(module -> Architecture.standIn(module.javaPackage()));
    }

    @TestFactory
    Stream<DynamicTest> jobJarsHaveNoTestLibrary() {
        return jobCode(Architecture.workWithoutTestLibraries());
    }

    @TestFactory
    Stream<DynamicTest> jobsNeverEndTheJvm() {
        return jobCode(Architecture.leaveTheJvmRunning());
    }

    @TestFactory
    Stream<DynamicTest> testsNeverSleep() {
        return REPOSITORY.modules().stream().map(module -> test(module, "test", Architecture.waitOnConditions()));
    }

    @TestFactory
    Stream<DynamicTest> testsAreNeverDisabled() {
        return REPOSITORY.modules().stream().map(module -> test(module, "test", Architecture.haveNoDisabledTest()));
    }

    @TestFactory
    Stream<DynamicTest> namesSayWhatAClassDoes() {
        return everywhere(module -> Architecture.haveTellingNames());
    }

    @Test
    void packagesHaveNoCycle() {
        Path[] folders = REPOSITORY.modules().stream()
                .map(module -> module.folder().resolve("target/classes"))
                .filter(Files::isDirectory)
                .toArray(Path[]::new);
        Architecture.haveNoCycle(OURS).check(new ClassFileImporter().importPaths(folders));
    }

    @TestFactory
    Stream<DynamicTest> jobsHaveAMain() {
        return REPOSITORY.recipes().stream().map(recipe -> test(recipe, "main", Architecture.jobsHaveAMain()));
    }

    @Test
    void jobsHaveADemoAndATestOnRealKafka() {
        assertThat(jobsWithout(REPOSITORY, "Demo"))
                .as("jobs without *Demo; write one")
                .isEmpty();
        assertThat(jobsWithout(REPOSITORY, "JobIT"))
                .as("jobs without *JobIT; write one")
                .isEmpty();
    }

    @Test
    void commonStaysSmall() {
        List<String> types = Stream.of(REPOSITORY.module("common").orElseThrow())
                .flatMap(common -> classes(common, "main").stream())
                .filter(type -> type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::getSimpleName)
                .filter(name -> !name.equals("package-info"))
                .sorted()
                .toList();
        assertThat(types)
                .as("public types of common; move one to the recipe that needs it, or make it package-private")
                .isNotEmpty()
                .hasSizeLessThanOrEqualTo(PUBLIC_TYPES_OF_COMMON);
    }

    /**
     * The sources of jobs that have no class beside them in {@code src/test} with this ending in place of {@code Job}. A later
     * version of a job, which stands in a package such as {@code v2}, has the demo of {@code v1}.
     */
    static List<String> jobsWithout(Repository repository, String ending) {
        List<String> missing = new ArrayList<>();
        for (MavenModule recipe : repository.recipes()) {
            Path main = recipe.folder().resolve("src/main/java");
            Path test = recipe.folder().resolve("src/test/java");
            recipe.sources("main").stream()
                    .filter(file -> file.toString().endsWith("Job.java"))
                    .map(file -> main.relativize(file).toString().replaceFirst("Job\\.java$", ""))
                    .map(job -> ending.equals("Demo") ? job.replaceFirst("/v\\d+/", "/v1/") : job)
                    .distinct()
                    .filter(job -> !Files.exists(test.resolve(job + ending + ".java")))
                    .forEach(job -> missing.add(recipe.name() + ": src/test/java/" + job + ending + ".java"));
        }
        return missing;
    }

    private interface RuleOfModule {
        ArchRule rule(MavenModule module);
    }

    private static Stream<DynamicTest> everywhere(RuleOfModule rules) {
        return REPOSITORY.modules().stream()
                .flatMap(module ->
                        Stream.of("main", "test").map(mainOrTest -> test(module, mainOrTest, rules.rule(module))));
    }

    private static Stream<DynamicTest> jobCode(ArchRule rule) {
        return REPOSITORY.modules().stream()
                .filter(module -> module.isRecipe() || module.name().equals("common"))
                .map(module -> test(module, "main", rule));
    }

    private static DynamicTest test(MavenModule module, String mainOrTest, ArchRule rule) {
        return DynamicTest.dynamicTest(
                module.name() + ", " + mainOrTest,
                () -> rule.allowEmptyShould(true).check(classes(module, mainOrTest)));
    }

    private static JavaClasses classes(MavenModule module, String mainOrTest) {
        Path folder = module.folder().resolve(mainOrTest.equals("main") ? "target/classes" : "target/test-classes");
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(location -> !location.contains("/dev/flinkcookbook/rules/wrong/"))
                .importPaths(Files.isDirectory(folder) ? List.of(folder) : List.of());
        boolean hasSources = module.sources(mainOrTest).stream().anyMatch(file -> !file.endsWith("package-info.java"));
        assertThat(hasSources && classes.isEmpty())
                .as("%s has no classes; run ./mvnw test-compile first", folder)
                .isFalse();
        return classes;
    }
}
