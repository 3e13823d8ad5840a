package dev.flinkcookbook.exactlyonce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import org.junit.jupiter.api.Test;

class ExactlyOnceDemoIT {

    private static RecipeRun run(String... flags) {
        return RecipeRun.run(new ExactlyOnceDemo(), flags);
    }

    @Test
    void passesWithATaskManagerLostInTheMiddle() {
        RecipeRun run = run("--events", "6000", "--rate", "2000", "--seed", "7");

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("recipe", "exactly-once")
                .containsEntry("seed", "7")
                .containsEntry("produced", "6000")
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("broken_sequences", "0")
                .containsEntry("broken_balances", "0")
                .containsEntry("sum", "0")
                .containsEntry("task_managers_lost", "1");
        assertThat(Integer.parseInt(run.verdict().get("dead_letters"))).isPositive();
    }

    @Test
    void failsWithAtLeastOnceBecauseEntriesAreBookedTwice() {
        RecipeRun run = run("--events", "6000", "--rate", "2000", "--delivery", "at-least-once");

        assertThat(run.exitCode()).as(run::toString).isEqualTo(1);
        assertThat(run.verdict()).containsEntry("verdict", "FAIL").containsEntry("lost", "0");
        assertThat(Integer.parseInt(run.verdict().get("duplicated"))).isPositive();
        assertThat(Integer.parseInt(run.verdict().get("broken_sequences"))).isPositive();
    }

    @Test
    void answersAWrongFlagInOneLineAtOnce() {
        RecipeRun run = run("--longest-outage", "3");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output()).isEmpty();
        assertThat(run.progress())
                .containsExactly(
                        "--longest-outage: got '3', expected a duration with its unit, such as 24h, 5m or 100ms");
    }
}
