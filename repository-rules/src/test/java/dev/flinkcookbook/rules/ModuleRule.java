package dev.flinkcookbook.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What the poms must say for the other rules to mean something, and what may stand on a job's own class path. */
final class ModuleRule {

    private static final Set<String> FOR_TESTS_ONLY = Set.of(
            "testbed",
            "flink-distribution",
            "flink-test-utils",
            "junit",
            "junit-jupiter",
            "assertj-core",
            "awaitility",
            "archunit",
            "slf4j-simple");

    private ModuleRule() {}

    static List<String> violations(Repository repository) {
        List<String> violations = new ArrayList<>();
        for (MavenModule module : repository.modules()) {
            if (module.name().equals("repository-rules")) {
                violations.addAll(missingModules(repository, module));
            } else if (module.isRecipe() || module.name().equals("common")) {
                module.pom().dependencies().stream()
                        .filter(dependency -> FOR_TESTS_ONLY.contains(dependency.artifactId()))
                        .filter(dependency -> !dependency.scope().equals("test"))
                        .forEach(dependency -> violations.add(module.name() + "/pom.xml: " + dependency.artifactId()
                                + " would end in the job jar; give it <scope>test</scope>"));
            }
        }
        return violations;
    }

    private static List<String> missingModules(Repository repository, MavenModule rules) {
        Set<String> named = rules.pom().dependencies().stream()
                .filter(dependency -> dependency.groupId().equals("dev.flinkcookbook"))
                .map(Pom.Dependency::artifactId)
                .collect(Collectors.toSet());
        return repository.modules().stream()
                .map(MavenModule::name)
                .filter(name -> !name.equals(rules.name()) && !named.contains(name))
                .map(name -> rules.name() + "/pom.xml: does not depend on " + name
                        + ", so Maven may build it later; add it in test scope")
                .toList();
    }
}
