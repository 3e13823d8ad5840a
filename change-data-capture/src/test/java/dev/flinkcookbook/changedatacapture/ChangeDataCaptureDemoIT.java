package dev.flinkcookbook.changedatacapture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChangeDataCaptureDemoIT {

    /** Any seed must do; it stands in the verdict. */
    @Test
    void endsWithViewsLikeTheTablesAlthoughDebeziumAndTheTaskManagerAreLost() {
        long seed = System.nanoTime();
        RecipeRun run = RecipeRun.run(
                new ChangeDataCaptureDemo(), "--events", "6000", "--rate", "600", "--seed", Long.toString(seed));

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("recipe", "change-data-capture")
                .containsEntry("seed", Long.toString(seed))
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("dead_letters", "0")
                .containsEntry("torn", "0")
                .containsEntry("not_whole", "0")
                .containsEntry("view_mismatches", "0")
                .containsEntry("enriched_mismatches", "0")
                .containsEntry("broken_histories", "0")
                .containsEntry("never_told", "0")
                .containsEntry("task_managers_lost", "1")
                .containsEntry("faults", "1");
        assertThat(Integer.parseInt(run.verdict().get("produced"))).isGreaterThanOrEqualTo(6000);
        assertThat(run.progress())
                .anyMatch(line -> line.matches(".* changes a second [\\d,]+, not yet seen [\\d,]+, lag [\\d.]+ s,"
                        + " customers [\\d,]+, orders [\\d,]+, lines [\\d,]+"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --input-topic       | tables       | --input-topic: got 'tables', expected <prefix>.public: Debezium names its topics by a prefix and the schema
            --transaction-topic | transactions | --transaction-topic: got 'transactions', expected the one that Debezium writes, the default
            --outputs           | views        | --outputs: got 'without audit', expected all of them: the verdict is on all
            --keep-deletes      | 3            | --keep-deletes: got '3', expected a duration with its unit, such as 24h, 5m or 100ms
            """)
    void answersAWrongFlagInOneLineAtOnce(String flag, String value, String line) {
        RecipeRun run = RecipeRun.run(new ChangeDataCaptureDemo(), flag, value);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output()).isEmpty();
        assertThat(run.progress()).containsExactly(line);
    }
}
