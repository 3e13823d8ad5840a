package dev.flinkcookbook.queryevolution.v1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import org.junit.jupiter.api.Test;

class AccountActivityDemoIT {

    @Test
    void upgradesToVersionTwoUnderLoadWithATaskManagerLost() {
        RecipeRun run = RecipeRun.run(new AccountActivityDemo(), "--events", "9000", "--rate", "1500", "--seed", "7");

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("produced", "9000")
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("task_managers_lost", "1")
                .containsEntry("upgrades", "1");
        assertThat(run.progress()).contains("version 1 is stopped with a savepoint, version 2 goes on from it");
    }

    @Test
    void failsWithAtLeastOnceBecauseResultsAreRepeated() {
        RecipeRun run = RecipeRun.run(
                new AccountActivityDemo(), "--events", "9000", "--rate", "1500", "--delivery", "at-least-once");

        assertThat(run.exitCode()).as(run::toString).isEqualTo(1);
        assertThat(Integer.parseInt(run.verdict().get("duplicated"))).isPositive();
    }
}
