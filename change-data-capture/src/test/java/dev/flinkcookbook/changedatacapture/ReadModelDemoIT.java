package dev.flinkcookbook.changedatacapture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import org.junit.jupiter.api.Test;

class ReadModelDemoIT {

    @Test
    void passesWithATaskManagerLostInTheMiddle() {
        RecipeRun run = RecipeRun.run(new ReadModelDemo(), "--events", "4000", "--rate", "2000", "--seed", "7");

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("recipe", "change-data-capture")
                .containsEntry("into", "postgres")
                .containsEntry("produced", "4000")
                .containsEntry("expected", "300")
                .containsEntry("delivered", "300")
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("dead_letters", "0")
                .containsEntry("task_managers_lost", "1");
    }

    @Test
    void answersAWrongFlagInOneLineAtOnce() {
        RecipeRun run = RecipeRun.run(new ReadModelDemo(), "--jdbc-url", "jdbc:postgresql://elsewhere/shop");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output()).isEmpty();
        assertThat(run.progress()).containsExactly("--jdbc-url: run brings its own Postgres");
    }
}
