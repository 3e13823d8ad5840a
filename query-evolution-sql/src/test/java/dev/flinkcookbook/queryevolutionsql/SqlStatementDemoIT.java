package dev.flinkcookbook.queryevolutionsql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import org.junit.jupiter.api.Test;

class SqlStatementDemoIT {

    @Test
    void countsEachPaymentOnceAlthoughTheTaskManagerIsLost() {
        RecipeRun run = RecipeRun.run(new SqlStatementDemo(), "--events", "6000", "--rate", "2000", "--seed", "7");

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("recipe", "query-evolution-sql")
                .containsEntry("produced", "6000")
                .containsEntry("expected", "6000")
                .containsEntry("delivered", "6000")
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("wrong_totals", "0")
                .containsEntry("wrong_steps", "0")
                .containsEntry("task_managers_lost", "1");
    }
}
