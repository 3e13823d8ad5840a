package dev.flinkcookbook.exactlyonce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The shaded jar on processes of their own, killed and paused; {@code ./cookbook chaos exactly-once} does the same for longer. */
class ExactlyOnceChaosIT {

    /** Its five faults: a broker and a JobManager are killed, a TaskManager too, a task fails, and the job is rescaled. */
    private static final String SEED = "7";

    private static RecipeRun chaos(String... flags) {
        return RecipeRun.chaos(new ExactlyOnceDemo(), flags);
    }

    @Test
    void booksEachTransferOnceUnderFiveKindsOfFaults() {
        RecipeRun run = chaos("--faults", "5", "--seed", SEED, "--rate", "500");

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("recipe", "exactly-once")
                .containsEntry("seed", SEED)
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("broken_sequences", "0")
                .containsEntry("broken_balances", "0")
                .containsEntry("sum", "0")
                .containsEntry("faults", "5");
        assertThat(run.faults())
                .containsExactlyInAnyOrder(
                        "task-failure", "task-manager-kill", "job-manager-kill", "broker-kill", "rescale");
        assertThat(Integer.parseInt(run.verdict().get("restarts")))
                .as("of the job, by the loss of a task and of a TaskManager; a metric, so it may lag behind by one")
                .isPositive();
    }

    /** The control: without transactions a killed TaskManager leaves entries behind, which come again. */
    @Test
    void booksEntriesTwiceWithAtLeastOnce() {
        RecipeRun run = chaos("--faults", "2", "--seed", "25", "--rate", "500", "--delivery", "at-least-once");

        assertThat(run.exitCode()).as(run::toString).isEqualTo(1);
        assertThat(run.faults()).contains("task-manager-kill");
        assertThat(run.verdict()).containsEntry("verdict", "FAIL").containsEntry("lost", "0");
        assertThat(Integer.parseInt(run.verdict().get("duplicated"))).isPositive();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --faults         | none | --faults: got 'none', expected N, a whole number
            --longest-outage | 3    | --longest-outage: got '3', expected a duration with its unit, such as 24h, 5m or 100ms
            """)
    void answersAWrongFlagInOneLineBeforeAnythingStarts(String flag, String value, String line) {
        RecipeRun run = chaos(flag, value);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.progress()).containsExactly(line);
    }
}
