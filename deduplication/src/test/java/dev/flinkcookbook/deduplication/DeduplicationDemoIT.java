package dev.flinkcookbook.deduplication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeduplicationDemoIT {

    private static RecipeRun run(String... flags) {
        return RecipeRun.run(new DeduplicationDemo(), flags);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--time event --out-of-orderness 4s",
                "--strategy keep-latest --version-field /version",
                "--strategy approximate --expected-ids 10000"
            })
    void endsWithTheVerdictThatThePipelineWasRight(String jobFlags) {
        List<String> flags = new ArrayList<>(List.of("--events", "3000", "--rate", "3000", "--seed", "7"));
        Arrays.stream(jobFlags.split(" ")).filter(flag -> !flag.isEmpty()).forEach(flags::add);

        RecipeRun run = run(flags.toArray(String[]::new));

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("recipe", "deduplication")
                .containsEntry("seed", "7")
                .containsEntry("produced", "3000")
                .containsEntry("duplicated", "0")
                .containsEntry("altered", "0")
                .containsKeys("expected", "delivered", "lost", "dead_letters", "duplicates_dropped");
        assertThat(Integer.parseInt(run.verdict().get("duplicates_dropped")))
                .as("there was something to drop")
                .isGreaterThan(300);
        assertThat(Integer.parseInt(run.verdict().get("dead_letters"))).isPositive();
        assertThat(run.progress()).anyMatch(line -> line.matches("first-delivered ms=\\d+ value=\\{.*}"));
    }

    @Test
    void answersAWrongFlagInOneLineAtOnce() {
        RecipeRun run = run("--retention", "24");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output()).isEmpty();
        assertThat(run.progress())
                .containsExactly("--retention: got '24', expected a duration with its unit, such as 24h, 5m or 100ms");
    }
}
