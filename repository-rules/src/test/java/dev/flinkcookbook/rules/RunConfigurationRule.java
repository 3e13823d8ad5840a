package dev.flinkcookbook.rules;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.w3c.dom.Element;

/** One click in IntelliJ and in VS Code starts every recipe's job and demo; what they name exists. */
final class RunConfigurationRule {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS, JsonReadFeature.ALLOW_TRAILING_COMMA)
            .build();

    /** What a configuration starts, and the file that says so. */
    private record Start(String file, String module, String mainClass) {}

    private RunConfigurationRule() {}

    static List<String> violations(Repository repository) {
        List<String> violations = new ArrayList<>();
        violations.addAll(violations(repository, ".run/*.run.xml", intellij(repository)));
        violations.addAll(violations(repository, ".vscode/launch.json", visualStudioCode(repository)));
        return violations;
    }

    private static List<String> violations(Repository repository, String files, List<Start> starts) {
        List<String> violations = new ArrayList<>();
        for (Start start : starts) {
            Optional<MavenModule> module = repository.module(start.module());
            if (module.isEmpty()) {
                violations.add(start.file() + ": names the module '" + start.module() + "'; write one of "
                        + repository.parent().modules());
            } else if (!module.get().hasSourceOf(start.mainClass())) {
                violations.add(start.file() + ": " + start.module() + " has no " + start.mainClass()
                        + "; name a main class that exists");
            }
        }
        for (MavenModule recipe : repository.recipes()) {
            String job = recipe.jobClass().orElseThrow();
            for (String mainClass : List.of(job, job.replaceFirst("Job$", "Demo"))) {
                if (starts.stream()
                        .noneMatch(start -> start.module().equals(recipe.name())
                                && start.mainClass().equals(mainClass))) {
                    violations.add(files + ": nothing starts " + mainClass + " of " + recipe.name() + "; add it");
                }
            }
        }
        return violations;
    }

    private static List<Start> intellij(Repository repository) {
        List<Start> starts = new ArrayList<>();
        for (Path file : repository.files()) {
            String name = repository.relative(file);
            if (!name.matches("\\.run/[^/]+\\.run\\.xml")) {
                continue;
            }
            String mainClass = attribute(file, "option", "name", "MAIN_CLASS_NAME", "value");
            if (!mainClass.isEmpty()) {
                starts.add(new Start(name, attribute(file, "module", "", "", "name"), mainClass));
            }
        }
        return starts;
    }

    /** An attribute of the first element of that name, if need be of the first with {@code key="value"}; else "". */
    private static String attribute(Path file, String element, String key, String value, String wanted) {
        var elements = Pom.xml(file).getElementsByTagName(element);
        for (int i = 0; i < elements.getLength(); i++) {
            Element candidate = (Element) elements.item(i);
            if (key.isEmpty() || candidate.getAttribute(key).equals(value)) {
                return candidate.getAttribute(wanted);
            }
        }
        return "";
    }

    private static List<Start> visualStudioCode(Repository repository) {
        Path file = repository.root().resolve(".vscode/launch.json");
        List<Start> starts = new ArrayList<>();
        if (!Files.exists(file)) {
            return starts;
        }
        try {
            for (JsonNode configuration : JSON.readTree(file.toFile()).path("configurations")) {
                if (configuration.has("mainClass")) {
                    starts.add(new Start(
                            repository.relative(file) + " ("
                                    + configuration.path("name").asText() + ")",
                            configuration.path("projectName").asText(),
                            configuration.path("mainClass").asText()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return starts;
    }
}
