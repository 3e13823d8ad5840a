package dev.flinkcookbook.testbed;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One call of {@link RunCommand} or {@link ChaosCommand} and what it has printed, for a recipe's tests.
 *
 * @param exitCode 0 after PASS, 1 after FAIL or a failure, 2 after a wrong flag
 * @param output the lines on standard output
 * @param progress the lines on standard error
 */
public record RecipeRun(int exitCode, List<String> output, List<String> progress) {

    private interface Command {
        int run(Recipe recipe, String[] flags, PrintStream out, PrintStream progress);
    }

    /** {@code ./cookbook run}. */
    public static RecipeRun run(Recipe recipe, String... flags) {
        return of(RunCommand::run, recipe, flags);
    }

    /** {@code ./cookbook chaos}. */
    public static RecipeRun chaos(Recipe recipe, String... flags) {
        return of(ChaosCommand::run, recipe, flags);
    }

    private static RecipeRun of(Command command, Recipe recipe, String... flags) {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        ByteArrayOutputStream progress = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(output, true, StandardCharsets.UTF_8);
                PrintStream errors = new PrintStream(progress, true, StandardCharsets.UTF_8)) {
            int exitCode = command.run(recipe, flags, out, errors);
            return new RecipeRun(exitCode, lines(output), lines(progress));
        }
    }

    private static List<String> lines(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8).lines().toList();
    }

    /** The faults that were survived, as the rows of {@code chaos} name them, in their order. */
    public List<String> faults() {
        return progress.stream()
                .map(String::strip)
                .filter(line -> line.matches("\\d+  [a-z-]+ +[\\d.]+ .*"))
                .map(line -> line.split(" +")[1])
                .toList();
    }

    /**
     * The {@code key=value} pairs of the verdict.
     *
     * @throws IllegalStateException if standard output is anything but one verdict; the message has all that was printed
     */
    public Map<String, String> verdict() {
        if (output.size() != 1 || !output.get(0).startsWith("verdict=")) {
            throw new IllegalStateException("there is no verdict: " + this);
        }
        return Arrays.stream(output.get(0).split(" "))
                .map(pair -> pair.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    }
}
