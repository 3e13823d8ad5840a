package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every metric of a recipe has a meaning, and docs/metrics.md has every metric. */
class MetricsPageTest {

    private static final Repository REPOSITORY = Repository.here();

    @Test
    void everyMetricHasAMeaning() {
        List<String> violations = REPOSITORY.recipes().stream()
                .flatMap(recipe -> MetricsInCode.of(REPOSITORY, recipe).violations().stream())
                .toList();
        assertThat(violations).isEmpty();
    }

    /** SQL has no operators of ours, and so Flink's own metrics only. */
    @Test
    void everyRecipeOfOperatorsHasMetrics() {
        assertThat(REPOSITORY.recipes())
                .filteredOn(recipe -> !recipe.name().equals(MetricsPage.WITHOUT_OPERATORS))
                .isNotEmpty()
                .allSatisfy(recipe -> assertThat(
                                MetricsInCode.of(REPOSITORY, recipe).metrics())
                        .as(recipe.name())
                        .isNotEmpty());
    }

    @Test
    void thePageIsWhatTheCodeGives() throws IOException {
        String page = MetricsPage.render(REPOSITORY);
        Path made = REPOSITORY.root().resolve("repository-rules/target/metrics.md");
        Files.createDirectories(made.getParent());
        Files.writeString(made, page);
        Path committed = REPOSITORY.root().resolve("docs/metrics.md");
        assertThat(Files.exists(committed) ? Files.readString(committed) : "")
                .as("docs/metrics.md; to renew it: cp repository-rules/target/metrics.md docs/metrics.md")
                .isEqualTo(page);
    }
}
