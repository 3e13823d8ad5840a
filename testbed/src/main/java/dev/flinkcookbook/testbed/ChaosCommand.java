package dev.flinkcookbook.testbed;

import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/**
 * {@code ./cookbook chaos}: submits a recipe's jar to real processes, harms them one fault after another while input arrives, and
 * prints the verdict of the recipe's oracle. The recipe (args[0] of main) is a class with a public constructor that is a
 * {@link Recipe}.
 */
public final class ChaosCommand {

    /** Far more than a fault takes, so that the input does not end before the faults do. */
    private static final Duration INPUT_PER_FAULT = Duration.ofMinutes(4);

    /** Several processes share the machine. */
    private static final long LARGEST_DEFAULT_RATE = 1_000;

    private static final Duration TO_CATCH_UP = Duration.ofMinutes(3);

    /** With what the job before it has written; what is missing then may wait for the end of event time. */
    private static final Duration CATCHING_UP = Duration.ofSeconds(30);

    @Command(sortOptions = false, description = "Flags that are not listed here go to the job.")
    private static final class ChaosFlags {
        @Option(names = "--faults", paramLabel = "N", defaultValue = "20", description = "default: ${DEFAULT-VALUE}")
        private long faults;

        @Option(
                names = "--seed",
                paramLabel = "N",
                description =
                        "the same seed gives the same faults and events in the same order, default: ${DEFAULT-VALUE}")
        private long seed;

        @Option(names = "--rate", paramLabel = "N", description = "records a second, default: ${DEFAULT-VALUE}")
        private long rate;

        @Option(
                names = "--report",
                paramLabel = "FILE.md",
                description = "also write the faults and the recovery times to this file, and a chart beside it")
        private Path report;

        @Option(names = "--help", usageHelp = true, description = "print these flags and the job's")
        private boolean help;

        @Unmatched
        private List<String> ofTheJob = new ArrayList<>();
    }

    /**
     * What came of a fault.
     *
     * @param at since the first fault could have happened
     * @param recovery from the fault until all output was visible again
     * @param restarts of the job, as its JobManager counted them
     */
    record Suffered(int number, Fault fault, Duration at, Duration recovery, long restarts) {}

    private final Recipe recipe;
    private final ChaosFlags flags;
    private final Load load;
    private final FaultSchedule schedule;
    private final PrintStream out;
    private final PrintStream progress;

    private ChaosCommand(Recipe recipe, ChaosFlags flags, PrintStream out, PrintStream progress) {
        this.recipe = recipe;
        this.flags = flags;
        this.schedule = FaultSchedule.of(flags.seed, Math.toIntExact(flags.faults), recipe.faults());
        long seconds = INPUT_PER_FAULT.multipliedBy(flags.faults + 1).toSeconds();
        this.load = new Load(flags.rate * seconds, flags.rate, flags.seed);
        this.out = out;
        this.progress = progress;
    }

    /** Runs the recipe whose class is named by the first argument, and ends this JVM. */
    public static void main(String[] args) throws ReflectiveOperationException {
        Recipe recipe;
        try {
            recipe = (Recipe) Class.forName(args[0]).getConstructor().newInstance();
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(e.getCause());
        }
        System.exit(run(recipe, Arrays.copyOfRange(args, 1, args.length), System.out, System.err));
    }

    /**
     * Harms the recipe's job.
     *
     * @param out gets the verdict, and nothing else
     * @param progress gets a row for each fault, and the one line of whatever is wrong
     * @return the exit code: 0 the verdict is PASS, 1 it is FAIL or something broke, 2 a wrong flag
     */
    public static int run(Recipe recipe, String[] args, PrintStream out, PrintStream progress) {
        try {
            ChaosFlags flags = new ChaosFlags();
            if (!RecipeCommand.parse("chaos", recipe, defaults(recipe), flags, args)) {
                return RecipeCommand.PASSED;
            }
            RecipeCommand.requirePositive("--faults", flags.faults);
            RecipeCommand.requirePositive("--rate", flags.rate);
            RecipeCommand.refuseWhatIsDoneHere("chaos", flags.ofTheJob);
            ChaosCommand command = new ChaosCommand(recipe, flags, out, progress);
            recipe.accepts(new Load(1, 1, 1), flags.ofTheJob.toArray(String[]::new));
            return command.passes() ? RecipeCommand.PASSED : RecipeCommand.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return RecipeCommand.FAILED;
        } catch (Exception e) {
            return RecipeCommand.say("chaos", e, progress);
        }
    }

    private static Load defaults(Recipe recipe) {
        Load load = recipe.load();
        return new Load(load.events(), Math.min(LARGEST_DEFAULT_RATE, load.rate()), load.seed());
    }

    private boolean passes() throws Exception {
        Path jar = jar();
        progress.printf("seed %d: %s%n", schedule.seed(), schedule.faults());
        progress.println("starting Kafka and a session cluster");
        try (ChaosCluster cluster = ChaosCluster.started(jar, schedule)) {
            progress.println(
                    "Kafka at " + cluster.bootstrapServers() + ", Flink's Web UI at " + cluster.webInterface());
            try (Scenario scenario = scenario(cluster)) {
                return passesOn(cluster, scenario);
            }
        }
    }

    /** The jar that Maven's package phase makes, found from the root of the repository or from a module. */
    private Path jar() {
        String name = recipe.name() + "/target/" + recipe.name() + "-job.jar";
        for (String root : List.of(System.getProperty("cookbook.root", "."), "..")) {
            if (Files.exists(Path.of(root, name))) {
                return Path.of(root, name);
            }
        }
        throw new IllegalStateException(
                "there is no " + name + "; ./mvnw -pl " + recipe.name() + " -am package -DskipTests makes it");
    }

    private List<String> jobFlags(ChaosCluster cluster) {
        List<String> jobFlags = new ArrayList<>(flags.ofTheJob);
        jobFlags.remove("--create-topics");
        jobFlags.addAll(List.of("--bootstrap-servers", cluster.bootstrapServers(), "--create-topics"));
        return jobFlags;
    }

    private Scenario scenario(ChaosCluster cluster) {
        return recipe.scenario(load, jobFlags(cluster).toArray(String[]::new));
    }

    private boolean passesOn(ChaosCluster cluster, Scenario scenario) throws Exception {
        RecipeCommand.createTopics(cluster.bootstrapServers(), scenario);
        try (Audit audit = new Audit(cluster.bootstrapServers(), scenario)) {
            CompletableFuture<Void> produced = RecipeCommand.inBackground("input", scenario::produce);
            List<Scenario.Job> jobs = scenario.jobs();
            cluster.submit(jobs.isEmpty() ? List.of(new Scenario.Job(recipe.name(), null, jobFlags(cluster))) : jobs);
            List<Suffered> suffered = sufferAll(cluster, scenario, audit, produced);
            scenario.input().stop();
            produced.get(TO_CATCH_UP.toSeconds(), TimeUnit.SECONDS);
            await(
                    "the job has not read its input " + TO_CATCH_UP.toSeconds() + " s after the last fault",
                    audit::isInputDone);
            cluster.drain(() -> isMetWithin(CATCHING_UP, () -> audit.verdict().lost() == 0));
            await("a transaction is still open long after the job has ended", audit::isOutputDone);
            return verdict(audit.verdict(), scenario.input().sent(), suffered);
        }
    }

    private List<Suffered> sufferAll(
            ChaosCluster cluster, Scenario scenario, Audit audit, CompletableFuture<Void> produced)
            throws InterruptedException, ExecutionException {
        progress.println("  #  fault                          at s  recovery s  restarts   produced  delivered");
        List<Suffered> suffered = new ArrayList<>();
        long started = System.nanoTime();
        long restarts = 0;
        for (Fault fault : schedule.faults()) {
            Duration at = Duration.ofNanos(System.nanoTime() - started);
            Duration recovery;
            try {
                recovery = cluster.suffer(fault, scenario);
            } catch (RuntimeException e) {
                throw new IllegalStateException(
                        "the job did not survive fault " + (suffered.size() + 1) + ", " + fault + ": " + e.getMessage(),
                        e);
            }
            if (produced.isDone()) {
                produced.get(); // Throws what has ended the input; without input a fault shows nothing.
                throw new IllegalStateException("the input has ended before the faults");
            }
            long before = restarts;
            restarts = cluster.restarts(fault); // One that is shown late is counted with the next fault.
            Suffered row = new Suffered(suffered.size() + 1, fault, at, recovery, restarts - before);
            suffered.add(row);
            progress.printf(
                    Locale.ROOT,
                    "%3d  %-27s %7.1f  %10.1f  %8d  %9d  %9d%n",
                    row.number(),
                    row.fault(),
                    row.at().toMillis() / 1e3,
                    row.recovery().toMillis() / 1e3,
                    row.restarts(),
                    scenario.input().sent(),
                    scenario.deliveredElsewhere().orElseGet(audit::delivered));
        }
        return suffered;
    }

    private static void await(String otherwise, BooleanSupplier condition) {
        if (!isMetWithin(TO_CATCH_UP, condition)) {
            throw new IllegalStateException(otherwise);
        }
    }

    private static boolean isMetWithin(Duration atMost, BooleanSupplier condition) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
        return true;
    }

    private boolean verdict(Verdict verdict, long produced, List<Suffered> suffered) throws Exception {
        Histogram recovery = new Histogram(3);
        suffered.forEach(row -> recovery.recordValue(row.recovery().toMillis()));
        Map<String, Object> ofTheRun = new LinkedHashMap<>();
        ofTheRun.put("faults", suffered.size());
        ofTheRun.put("restarts", suffered.stream().mapToLong(Suffered::restarts).sum());
        ofTheRun.put("recovery_p50_ms", recovery.getValueAtPercentile(50));
        ofTheRun.put("recovery_max_ms", recovery.getMaxValue());
        String line = verdict.line(recipe.name(), schedule.seed(), produced, ofTheRun);
        out.println(line);
        if (flags.report != null) {
            new ChaosReport(recipe.name(), command(), line, suffered).write(flags.report);
            progress.println("wrote " + flags.report);
        }
        return verdict.pass();
    }

    private String command() {
        List<String> words = new ArrayList<>(List.of("./cookbook", "chaos", recipe.name()));
        words.addAll(List.of("--faults", Long.toString(flags.faults), "--seed", Long.toString(flags.seed)));
        words.addAll(List.of("--rate", Long.toString(flags.rate), "--report", flags.report.toString()));
        words.addAll(flags.ofTheJob);
        return String.join(" ", words);
    }
}
