package dev.flinkcookbook.latedata;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LateDataDemoIT {

    private static void passes(RecipeRun run, long seed) {
        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("recipe", "late-data")
                .containsEntry("seed", Long.toString(seed))
                .containsEntry("produced", "8000")
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("wrong", "0")
                .containsEntry("reopened", "0")
                .containsEntry("unaccounted", "0");
        // How many are late depends on how fast the job reads; BalanceIT sees to it that some are.
        for (String name : new String[] {"dead_letters", "windows"}) {
            assertThat(Integer.parseInt(run.verdict().get(name))).as(name).isPositive();
        }
    }

    @Test
    void endsWithTheResultsOfABatchAlthoughTheTaskManagerIsLostInTheMiddle() {
        RecipeRun run = RecipeRun.run(new LateDataDemo(), "--events", "8000", "--rate", "2000", "--seed", "7");

        passes(run, 7);
        assertThat(run.verdict()).containsEntry("task_managers_lost", "1");
        assertThat(run.progress())
                .anyMatch(line -> line.matches(
                        ".* windows fired [\\d,]+, refined [\\d,]+, late readings [\\d,]+, corrections [\\d,]+"));
    }

    @Test
    void endsWithThemWhateverTheSeedIsAndWhateverIsLate() {
        long seed = System.nanoTime();
        String[] load = {"--events", "8000", "--rate", "4000", "--seed", Long.toString(seed)};
        String[] late = {"--lateness", "20s", "--window", "30s", "--allowed-lateness", "20s"};

        passes(
                RecipeRun.run(
                        new CorrectionDemo(),
                        Stream.of(load, late).flatMap(Arrays::stream).toArray(String[]::new)),
                seed);
    }

    @Test
    void answersAWrongFlagInOneLineAtOnce() {
        RecipeRun run = RecipeRun.run(new LateDataDemo(), "--lateness", "3");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output()).isEmpty();
        assertThat(run.progress())
                .containsExactly("--lateness: got '3', expected a duration with its unit, such as 24h, 5m or 100ms");
    }
}
