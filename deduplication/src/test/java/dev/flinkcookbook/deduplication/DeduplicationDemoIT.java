package dev.flinkcookbook.deduplication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RunCommand;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeduplicationDemoIT {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream progress = new ByteArrayOutputStream();

    private int run(String... flags) {
        try (PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
                PrintStream progressTo = new PrintStream(progress, true, StandardCharsets.UTF_8)) {
            return RunCommand.run(new DeduplicationDemo(), flags, to, progressTo);
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--time event --out-of-orderness 4s",
                "--strategy keep-latest --version-field /version",
                "--strategy approximate --expected-ids 10000"
            })
    void endsWithTheVerdictThatThePipelineWasRight(String jobFlags) {
        List<String> flags = new ArrayList<>(List.of("--events", "3000", "--rate", "3000", "--seed", "7"));
        Arrays.stream(jobFlags.split(" ")).filter(flag -> !flag.isEmpty()).forEach(flags::add);

        int exitCode = run(flags.toArray(String[]::new));

        assertThat(exitCode).as(() -> out + "\n" + progress).isZero();
        assertThat(verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("recipe", "deduplication")
                .containsEntry("seed", "7")
                .containsEntry("produced", "3000")
                .containsEntry("duplicated", "0")
                .containsEntry("altered", "0")
                .containsKeys("expected", "delivered", "lost", "dead_letters", "duplicates_dropped");
        assertThat(Integer.parseInt(verdict().get("duplicates_dropped")))
                .as("there was something to drop")
                .isGreaterThan(300);
        assertThat(Integer.parseInt(verdict().get("dead_letters"))).isPositive();
        assertThat(lines(progress)).anyMatch(line -> line.matches("first-delivered ms=\\d+ value=\\{.*}"));
    }

    @Test
    void answersAWrongFlagInOneLineAtOnce() {
        assertThat(run("--retention", "24")).isEqualTo(2);
        assertThat(lines(out)).isEmpty();
        assertThat(lines(progress))
                .containsExactly("--retention: got '24', expected a duration with its unit, such as 24h, 5m or 100ms");
    }
}
