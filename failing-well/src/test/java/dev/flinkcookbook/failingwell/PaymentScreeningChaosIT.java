package dev.flinkcookbook.failingwell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import org.junit.jupiter.api.Test;

/** The shaded jar on processes of their own; {@code ./cookbook chaos failing-well} does the same for longer. */
class PaymentScreeningChaosIT {

    /** The seed's two faults. */
    @Test
    void leavesEachPaymentWhereItBelongsWhenATaskManagerAndTheBrokerAreKilled() {
        RecipeRun run = RecipeRun.chaos(
                new PaymentScreeningDemo(), "--faults", "2", "--seed", "25", "--rate", "200", "--timeout", "500ms");

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.faults()).containsExactlyInAnyOrder("task-manager-kill", "broker-kill");
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("elsewhere", "0");
    }
}
