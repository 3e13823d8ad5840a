package dev.flinkcookbook.rules;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import java.util.stream.Stream;

/** The rules of the architecture. What they are asked about, their caller chooses: the repository, or an example of what is wrong. */
final class Architecture {

    private static final String[] FOR_TESTS_ONLY = {
        "dev.flinkcookbook.testbed..",
        "org.junit..",
        "junit..",
        "org.assertj..",
        "org.awaitility..",
        // What flink-test-utils and the test jars bring.
        "org.apache.flink.test..",
        "org.apache.flink.core.testutils..",
        "org.apache.flink.runtime.testutils..",
        "org.apache.flink.testutils.."
    };

    private Architecture() {}

    /** Of everything below {@code root}, classes use only what is in {@code allowed}. */
    static ArchRule useOnly(String root, String... allowed) {
        return noClasses()
                .should()
                .dependOnClassesThat(
                        resideInAPackage(root + "..").and(not(resideInAnyPackage(withSubpackages(allowed)))))
                .because(
                        "dependencies point one way: recipe to common, recipe tests to testbed; copy what you need instead");
    }

    static ArchRule standIn(String javaPackage) {
        return classes()
                .should()
                .resideInAPackage(javaPackage + "..")
                .because("a module has one package, so that the other rules see all of it; move the class");
    }

    static ArchRule workWithoutTestLibraries() {
        return noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage(FOR_TESTS_ONLY))
                .because("this code ends in the job jar; move it to src/test");
    }

    /** A command of {@code ./cookbook} is no job: its exit code is what it is asked for. */
    static ArchRule leaveTheJvmRunning() {
        return noClasses()
                .that()
                .haveSimpleNameNotEndingWith("Command")
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .because(
                        "submitted over REST this runs inside the JobManager; throw an exception whose message is the line");
    }

    static ArchRule waitOnConditions() {
        return noClasses()
                .should(new ArchCondition<>("sleep") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        type.getMethodCallsFromSelf().stream()
                                .filter(call -> call.getName().equals("sleep"))
                                .filter(call -> Set.of("java.lang.Thread", "java.util.concurrent.TimeUnit")
                                        .contains(call.getTargetOwner().getName()))
                                .forEach(call ->
                                        events.add(SimpleConditionEvent.satisfied(call, call.getDescription())));
                    }
                })
                .because(
                        "a sleep is too long on one machine and too short on another; wait on a condition with Awaitility");
    }

    static ArchRule haveNoDisabledTest() {
        return noClasses()
                .should(new ArchCondition<>("be disabled or have a disabled test") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        boolean disabled = Stream.concat(
                                        Stream.of(type.isAnnotatedWith("org.junit.jupiter.api.Disabled")),
                                        type.getMethods().stream()
                                                .map(method ->
                                                        method.isAnnotatedWith("org.junit.jupiter.api.Disabled")))
                                .anyMatch(Boolean::booleanValue);
                        events.add(new SimpleConditionEvent(type, disabled, type.getName()));
                    }
                })
                .because("a test that does not run rots; mend it or remove it");
    }

    static ArchRule haveTellingNames() {
        return noClasses()
                .should()
                .haveNameMatching("(.*[.$])?((Abstract|Base)[A-Z][^.$]*|[^.$]*(Utils?|Helper|Manager))")
                .because("such a name says nothing about what the class does; name it after its one job");
    }

    /** No two packages below {@code root} depend on each other, at whatever distance. */
    static ArchRule haveNoCycle(String root) {
        return slices().matching(root + ".(**)")
                .should()
                .beFreeOfCycles()
                .because("packages in a cycle can only be read and copied together; move what both need to one of them")
                .allowEmptyShould(true);
    }

    static ArchRule jobsHaveAMain() {
        return classes()
                .that()
                .haveSimpleNameEndingWith("Job")
                .should(new ArchCondition<>("have public static void main(String[])") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        boolean hasMain = type.tryGetMethod("main", String[].class)
                                .filter(main -> main.getModifiers()
                                        .containsAll(Set.of(JavaModifier.PUBLIC, JavaModifier.STATIC)))
                                .filter(main -> main.getRawReturnType().isEquivalentTo(void.class))
                                .isPresent();
                        events.add(new SimpleConditionEvent(
                                type, hasMain, type.getName() + (hasMain ? " has a main" : " has no main")));
                    }
                })
                .because("a class called Job is what a reader submits to Flink; add main or choose another name");
    }

    private static String[] withSubpackages(String... packages) {
        return Stream.of(packages).map(name -> name + "..").toArray(String[]::new);
    }
}
