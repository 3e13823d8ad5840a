package dev.flinkcookbook.deduplication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import org.junit.jupiter.api.Test;

/** The shaded jar on processes of their own; {@code ./cookbook chaos deduplication} does the same for longer. */
class DeduplicationChaosIT {

    /** The seed's two faults. */
    @Test
    void forwardsEachPaymentOnceWhenATaskManagerAndTheBrokerAreKilled() {
        RecipeRun run = RecipeRun.chaos(new DeduplicationDemo(), "--faults", "2", "--seed", "25", "--rate", "500");

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("altered", "0")
                .containsEntry("faults", "2");
        assertThat(run.faults()).containsExactlyInAnyOrder("task-manager-kill", "broker-kill");
        assertThat(Integer.parseInt(run.verdict().get("restarts"))).isPositive();
    }
}
