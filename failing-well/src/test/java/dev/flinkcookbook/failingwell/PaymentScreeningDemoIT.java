package dev.flinkcookbook.failingwell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import org.junit.jupiter.api.Test;

class PaymentScreeningDemoIT {

    private static RecipeRun run(String... flags) {
        return RecipeRun.run(new PaymentScreeningDemo(), flags);
    }

    @Test
    void endsWithTheVerdictThatEachPaymentIsWhereItBelongs() {
        RecipeRun run = run("--events", "2000", "--rate", "1000", "--seed", "7", "--timeout", "500ms");

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("recipe", "failing-well")
                .containsEntry("seed", "7")
                .containsEntry("produced", "2000")
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("elsewhere", "0");
        assertThat(Integer.parseInt(run.verdict().get("unscreened"))).isPositive();
        assertThat(Integer.parseInt(run.verdict().get("dead_letters"))).isPositive();
        assertThat(Integer.parseInt(run.verdict().get("questions")))
                .as("some were asked again")
                .isGreaterThan(2_000);
    }

    @Test
    void controlWithoutRetriesMoreIsLeftUnscreened() {
        // Long enough for the first answers too, while everything is still being loaded: nobody asks a second time.
        RecipeRun run = run("--events", "2000", "--rate", "1000", "--seed", "7", "--timeout", "5s", "--attempts", "1");

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict()).containsEntry("lost", "0");
        assertThat(Integer.parseInt(run.verdict().get("unscreened"))).isGreaterThan(40);
    }

    @Test
    void answersAWrongFlagInOneLineAtOnce() {
        RecipeRun run = run("--attempts", "0");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output()).isEmpty();
        assertThat(run.progress()).containsExactly("--attempts: got '0', expected a number from 1 to 100");
    }
}
