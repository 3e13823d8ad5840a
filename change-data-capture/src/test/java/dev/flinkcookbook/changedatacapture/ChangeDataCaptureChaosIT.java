package dev.flinkcookbook.changedatacapture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import org.junit.jupiter.api.Test;

/**
 * The shaded jar on processes of their own, killed and paused with what it reads from; {@code ./cookbook chaos change-data-capture}
 * does the same for longer.
 */
class ChangeDataCaptureChaosIT {

    private static RecipeRun chaos(String... flags) {
        return RecipeRun.chaos(new ChangeDataCaptureDemo(), flags);
    }

    @Test
    void keepsTheViewsWhenTheDatabaseAndDebeziumAreKilled() {
        RecipeRun run = chaos("--faults", "4", "--seed", "112", "--rate", "200");

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("recipe", "change-data-capture")
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("dead_letters", "0")
                .containsEntry("torn", "0")
                .containsEntry("not_whole", "0")
                .containsEntry("view_mismatches", "0")
                .containsEntry("enriched_mismatches", "0")
                .containsEntry("broken_histories", "0")
                .containsEntry("faults", "4");
        assertThat(run.faults())
                .containsExactlyInAnyOrder("task-manager-kill", "connector-kill", "database-kill", "broker-kill");
    }
}
