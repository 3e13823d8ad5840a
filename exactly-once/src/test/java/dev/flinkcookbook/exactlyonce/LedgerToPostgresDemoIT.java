package dev.flinkcookbook.exactlyonce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LedgerToPostgresDemoIT {

    private static RecipeRun run(String... flags) {
        return RecipeRun.run(
                new ExactlyOnceDemo(),
                Stream.concat(Stream.of("--into", "postgres"), Stream.of(flags)).toArray(String[]::new));
    }

    @Test
    void passesWithATaskManagerLostInTheMiddle() {
        RecipeRun run = run("--events", "3000", "--rate", "2000", "--seed", "7");

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("recipe", "exactly-once")
                .containsEntry("into", "postgres")
                .containsEntry("produced", "3000")
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("broken_transfers", "0")
                .containsEntry("broken_sequences", "0")
                .containsEntry("broken_balances", "0")
                .containsEntry("sum", "0")
                .containsEntry("task_managers_lost", "1");
        assertThat(run.progress()).anyMatch(line -> line.matches("first-delivered ms=\\d+"));
    }

    @Test
    void isOneOfTwoPlacesForALedger() {
        RecipeRun run = RecipeRun.run(new ExactlyOnceDemo(), "--into=mysql");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.progress()).containsExactly("--into: got 'mysql', expected topic or postgres");
    }

    @Test
    void answersAWrongFlagInOneLineAtOnce() {
        RecipeRun run = run("--jdbc-url", "jdbc:postgresql://elsewhere/bank");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output()).isEmpty();
        assertThat(run.progress()).containsExactly("--jdbc-url: run brings its own Postgres");
    }
}
