package dev.flinkcookbook.rules;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The root README leads to every module, and every recipe has the files that a reader expects, at a length that is read. */
final class IndexRule {

    private static final int README_LINES = 150;
    private static final int POM_LINES = 70;

    private IndexRule() {}

    static List<String> violations(Repository repository) {
        List<String> violations = new ArrayList<>();
        MarkdownFile readme = repository.readme();
        for (MavenModule module : repository.modules()) {
            if (readme.targets().stream().noneMatch(target -> leadsTo(module, target.destination()))) {
                violations.add("README.md: no link to the module; add [" + module.name() + "](" + module.name() + "/)");
            }
        }
        for (MavenModule recipe : repository.recipes()) {
            violations.addAll(ofRecipe(readme, recipe));
        }
        return violations;
    }

    private static List<String> ofRecipe(MarkdownFile readme, MavenModule recipe) {
        List<String> violations = new ArrayList<>();
        String name = recipe.name();
        String description = recipe.pom().description().orElse("");
        if (description.isEmpty()) {
            violations.add(name + "/pom.xml: no description; write the recipe's sentence, ./cookbook list shows it");
        } else if (readme.rows().stream()
                .noneMatch(row -> row.links().stream().anyMatch(link -> leadsTo(recipe, link))
                        && row.cells().contains(description))) {
            violations.add("README.md: no table row that links to " + name
                    + "/ and has a cell with exactly its pom's description: " + description);
        }
        Path text = recipe.folder().resolve("README.md");
        if (!Files.exists(text)) {
            violations.add(name + ": no README.md; write one");
        } else if (MarkdownFile.read(text).lines() > README_LINES) {
            violations.add(name + "/README.md: " + MarkdownFile.read(text).lines() + " lines, at most " + README_LINES
                    + " are read; move the rest to " + name + "/docs");
        }
        if (recipe.pom().lines() > POM_LINES) {
            violations.add(name + "/pom.xml: " + recipe.pom().lines() + " lines, at most " + POM_LINES
                    + "; what recipes share belongs in the parent");
        }
        if (!recipe.pom().versions().isEmpty()) {
            violations.add(name + "/pom.xml: has the versions " + recipe.pom().versions()
                    + "; move them to the parent's dependencyManagement");
        }
        Set<String> names = recipe.sources("main").stream()
                .map(file -> file.getFileName().toString())
                .collect(Collectors.toSet());
        if (!names.contains("package-info.java")) {
            violations.add(name + ": no package-info.java; write the problem and the idea in five lines");
        }
        return violations;
    }

    private static boolean leadsTo(MavenModule module, String destination) {
        return Set.of(module.name(), module.name() + "/", module.name() + "/README.md")
                .contains(destination.replaceFirst("^\\./", ""));
    }
}
