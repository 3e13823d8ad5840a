package dev.flinkcookbook.testbed;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** What {@link RunCommand} and {@link ChaosCommand} have in common: exit codes, how flags are read, and how a failure is said. */
final class RecipeCommand {
    static final int PASSED = 0;
    static final int FAILED = 1;

    private static final int PARTITIONS = 2;

    interface Task {
        void run() throws Exception;
    }

    private RecipeCommand() {}

    /**
     * Fills {@code flags}; those of the job go to its {@code @Unmatched} field.
     *
     * @param load what --events, --rate and --seed are if they are not given
     * @return false if {@code --help} was asked for and printed, with the job's
     * @throws IllegalArgumentException one line: what is wrong
     */
    static boolean parse(String verb, Recipe recipe, Load load, Object flags, String... args) {
        CommandLine commandLine = new CommandLine(flags)
                .setCommandName(verb + " " + recipe.name())
                .setExpandAtFiles(false)
                .setDefaultValueProvider(flag -> defaultOf(flag, load))
                .setUsageHelpAutoWidth(true);
        try {
            commandLine.parseArgs(args);
        } catch (ParameterException e) {
            throw new IllegalArgumentException(new WrongCall("a flag").line(e));
        }
        if (commandLine.isUsageHelpRequested()) {
            commandLine.usage(System.out);
            recipe.accepts(new Load(1, 1, 1), "--help");
            return false;
        }
        return true;
    }

    private static String defaultOf(ArgSpec flag, Load load) {
        return switch (flag instanceof OptionSpec option ? option.longestName() : "") {
            case "--events" -> Long.toString(load.events());
            case "--rate" -> Long.toString(load.rate());
            case "--seed" -> Long.toString(load.seed());
            default -> null;
        };
    }

    static void requirePositive(String flag, long given) {
        if (given < 1) {
            throw new IllegalArgumentException(flag + ": got '" + given + "', expected at least 1");
        }
    }

    static void refuseWhatIsDoneHere(String verb, List<String> jobFlags) {
        for (String flag : jobFlags) {
            if (flag.equals("--bounded")) {
                throw new IllegalArgumentException(
                        "--bounded: " + verb + " itself ends the job, once it has read everything");
            }
            if (flag.startsWith("--kafka-properties")) {
                throw new IllegalArgumentException(
                        "--kafka-properties: " + verb + " reads the topics without it; use ./cookbook job");
            }
        }
    }

    /** Creates the input topics that are missing, and the outputs. */
    static void createTopics(String bootstrapServers, Scenario scenario) throws Exception {
        scenario.createInputTopics();
        for (String topic : scenario.topics().inputs()) {
            if (!Topics.exists(bootstrapServers, topic)) {
                Topics.create(bootstrapServers, topic, PARTITIONS);
            }
        }
        scenario.createOutputTopics();
    }

    /** One line of what is wrong, and the exit code for it. */
    static int say(String verb, Exception wrong, PrintStream progress) {
        Throwable cause = wrong instanceof ExecutionException ? wrong.getCause() : wrong;
        boolean wrongFlag = cause instanceof IllegalArgumentException;
        boolean saysItAll = wrongFlag || cause.getClass() == IllegalStateException.class;
        progress.println(saysItAll ? cause.getMessage() : verb + ": " + cause);
        return wrongFlag ? WrongCall.EXIT_CODE : FAILED;
    }

    /** Runs the task in a thread of its own, which does not keep the JVM alive. */
    static CompletableFuture<Void> inBackground(String name, Task task) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                        result.complete(null);
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return result;
    }
}
