package dev.flinkcookbook.exactlyonce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RunCommand;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ExactlyOnceDemoIT {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream progress = new ByteArrayOutputStream();

    private int run(String... flags) {
        try (PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
                PrintStream progressTo = new PrintStream(progress, true, StandardCharsets.UTF_8)) {
            return RunCommand.run(new ExactlyOnceDemo(), flags, to, progressTo);
        }
    }

    private static List<String> lines(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private Map<String, String> verdict() {
        assertThat(lines(out)).hasSize(1);
        return Arrays.stream(lines(out).get(0).split(" "))
                .map(pair -> pair.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    }

    @Test
    void passesWithATaskManagerLostInTheMiddle() {
        assertThat(run("--events", "6000", "--rate", "2000", "--seed", "7"))
                .as(() -> out + "\n" + progress)
                .isZero();

        assertThat(verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("recipe", "exactly-once")
                .containsEntry("seed", "7")
                .containsEntry("produced", "6000")
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("broken_sequences", "0")
                .containsEntry("broken_balances", "0")
                .containsEntry("sum", "0")
                .containsEntry("task_managers_lost", "1");
        assertThat(Integer.parseInt(verdict().get("dead_letters"))).isPositive();
    }

    @Test
    void failsWithAtLeastOnceBecauseEntriesAreBookedTwice() {
        assertThat(run("--events", "6000", "--rate", "2000", "--delivery", "at-least-once"))
                .as(() -> out + "\n" + progress)
                .isEqualTo(1);

        assertThat(verdict()).containsEntry("verdict", "FAIL").containsEntry("lost", "0");
        assertThat(Integer.parseInt(verdict().get("duplicated"))).isPositive();
        assertThat(Integer.parseInt(verdict().get("broken_sequences"))).isPositive();
    }

    @Test
    void answersAWrongFlagInOneLineAtOnce() {
        assertThat(run("--longest-outage", "3")).isEqualTo(2);
        assertThat(lines(out)).isEmpty();
        assertThat(lines(progress))
                .containsExactly(
                        "--longest-outage: got '3', expected a duration with its unit, such as 24h, 5m or 100ms");
    }
}
