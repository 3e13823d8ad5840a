package dev.flinkcookbook.latedata;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import org.junit.jupiter.api.Test;

/** Both jobs of the shaded jar on processes of their own; {@code ./cookbook chaos late-data} does the same for longer. */
class LateDataChaosIT {

    /** Its two faults: a TaskManager is killed, and the window job is rescaled. */
    private static final String SEED = "34";

    @Test
    void everyReadingIsCountedOnceWhenAProcessIsKilledAndTheJobRescaled() {
        RecipeRun run = RecipeRun.chaos(new LateDataDemo(), "--faults", "2", "--seed", SEED, "--rate", "500");

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("recipe", "late-data")
                .containsEntry("seed", SEED)
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("wrong", "0")
                .containsEntry("reopened", "0")
                .containsEntry("unaccounted", "0")
                .containsEntry("faults", "2");
        assertThat(run.faults()).containsExactlyInAnyOrder("task-manager-kill", "rescale");
    }
}
