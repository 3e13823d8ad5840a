package dev.flinkcookbook.queryevolution.v1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import org.junit.jupiter.api.Test;

class TransactionEnricherDemoIT {

    @Test
    void passesWithATaskManagerLostInTheMiddle() {
        RecipeRun run =
                RecipeRun.run(new TransactionEnricherDemo(), "--events", "6000", "--rate", "3000", "--seed", "7");

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("task_managers_lost", "1");
    }
}
