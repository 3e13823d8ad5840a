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

class LedgerToPostgresDemoIT {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream progress = new ByteArrayOutputStream();

    private int run(String... flags) {
        try (PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
                PrintStream progressTo = new PrintStream(progress, true, StandardCharsets.UTF_8)) {
            return RunCommand.run(new LedgerToPostgresDemo(), flags, to, progressTo);
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
        assertThat(run("--events", "3000", "--rate", "2000", "--seed", "7"))
                .as(() -> out + "\n" + progress)
                .isZero();

        assertThat(verdict())
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
        assertThat(lines(progress)).anyMatch(line -> line.matches("first-delivered ms=\\d+"));
    }

    @Test
    void answersAWrongFlagInOneLineAtOnce() {
        assertThat(run("--jdbc-url", "jdbc:postgresql://elsewhere/bank")).isEqualTo(2);
        assertThat(lines(out)).isEmpty();
        assertThat(lines(progress)).containsExactly("--jdbc-url: run brings its own Postgres");
    }
}
