package dev.flinkcookbook.exactlyonce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.ChaosCommand;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The shaded jar on processes of their own, killed and paused; {@code ./cookbook chaos exactly-once} does the same for longer. */
class ExactlyOnceChaosIT {

    /** Its five faults: a broker and a JobManager are killed, a TaskManager too, a task fails, and the job is rescaled. */
    private static final String SEED = "7";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream progress = new ByteArrayOutputStream();

    private int run(String... flags) {
        try (PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
                PrintStream progressTo = new PrintStream(progress, true, StandardCharsets.UTF_8)) {
            return ChaosCommand.run(new ExactlyOnceDemo(), flags, to, progressTo);
        }
    }

    @Test
    void booksEachTransferOnceUnderFiveKindsOfFaults() {
        assertThat(run("--faults", "5", "--seed", SEED, "--rate", "500"))
                .as(() -> out + "\n" + progress)
                .isZero();

        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("verdict=PASS recipe=exactly-once seed=" + SEED)
                .contains(" lost=0 duplicated=0 ", " broken_sequences=0 broken_balances=0 sum=0 faults=5 ");
        assertThat(progress.toString(StandardCharsets.UTF_8))
                .contains("task-failure", "task-manager-kill", "job-manager-kill", "broker-kill", "rescale");
    }

    @Test
    void answersAWrongFlagInOneLineBeforeAnythingStarts() {
        assertThat(run("--faults", "none")).isEqualTo(2);
        assertThat(run("--longest-outage", "3")).isEqualTo(2);
        assertThat(progress.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "--faults: got 'none', expected N, a whole number",
                        "--longest-outage: got '3', expected a duration with its unit, such as 24h, 5m or 100ms");
    }
}
