package dev.flinkcookbook.operations;

import dev.flinkcookbook.testbed.CountConverter;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.RootCause;
import dev.flinkcookbook.testbed.WrongCall;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.flink.core.execution.SavepointFormatType;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * {@code ./cookbook upgrade}: replaces a running job of any session cluster by a new version. Says what it checks and does, ends
 * with a line {@code upgrade=done|rolled-back|refused|needs-a-person ...} and with 0, 1, 2 or 3.
 */
@Command(
        name = "cookbook upgrade",
        usageHelpWidth = 100,
        sortOptions = false,
        description = "Replaces a running job by a new version of it. Words after -- are the flags of the new version.")
public final class UpgradeCommand implements Callable<Integer> {
    private enum Strategy {
        SAVEPOINT,
        BLUE_GREEN
    }

    private static final class StrategyConverter implements ITypeConverter<Strategy> {
        @Override
        public Strategy convert(String given) {
            return switch (given) {
                case "savepoint" -> Strategy.SAVEPOINT;
                case "blue-green" -> Strategy.BLUE_GREEN;
                default -> throw new TypeConversionException("savepoint or blue-green");
            };
        }
    }

    private static final class FormatConverter implements ITypeConverter<SavepointFormatType> {
        @Override
        public SavepointFormatType convert(String given) {
            if (given.equals("canonical") || given.equals("native")) {
                return SavepointFormatType.valueOf(given.toUpperCase(Locale.ROOT));
            }
            throw new TypeConversionException("canonical or native");
        }
    }

    @Option(
            names = "--jobmanager",
            required = true,
            paramLabel = "URL",
            converter = AddressConverter.class,
            description = "The JobManager of the cluster, such as " + AddressConverter.LOCAL + ".")
    private String jobManager;

    @Option(names = "--job", required = true, paramLabel = "NAME", description = "The name of the running job.")
    private String job;

    @Option(names = "--jar", required = true, paramLabel = "FILE", description = "The jar of the new version.")
    private Path jar;

    @Option(
            names = "--entry-class",
            paramLabel = "CLASS",
            description = "Its main class (default: the one that its manifest names).")
    private String entryClass;

    @Option(
            names = "--parallelism",
            paramLabel = "N",
            converter = CountConverter.class,
            description = "Of the new version (default: that of the running job).")
    private Integer parallelism;

    @Option(
            names = "--strategy",
            required = true,
            paramLabel = "savepoint|blue-green",
            converter = StrategyConverter.class,
            description =
                    "savepoint: stop the old version, start the new one from its state. blue-green: start the new one"
                            + " beside it without its state, and retire the old one when it is no longer needed.")
    private Strategy strategy;

    @Option(
            names = "--savepoint-dir",
            required = true,
            paramLabel = "DIR",
            description = "Where savepoints go, as the cluster and this machine reach it.")
    private String savepointFolder;

    @Option(
            names = "--format",
            paramLabel = "canonical|native",
            defaultValue = "canonical",
            converter = FormatConverter.class,
            description = "Of the savepoints (default: ${DEFAULT-VALUE}).")
    private SavepointFormatType format;

    @Option(
            names = "--watch",
            paramLabel = "TIME",
            defaultValue = "2m",
            converter = DurationConverter.class,
            description = "How long the new version must run without a failure (default: ${DEFAULT-VALUE}).")
    private Duration watch;

    @Option(
            names = "--start-timeout",
            paramLabel = "TIME",
            defaultValue = "5m",
            converter = DurationConverter.class,
            description = "In which all tasks of a version must run (default: ${DEFAULT-VALUE}).")
    private Duration toStart;

    @Option(
            names = "--savepoint-timeout",
            paramLabel = "TIME",
            defaultValue = "10m",
            converter = DurationConverter.class,
            description = "In which a savepoint must be complete (default: ${DEFAULT-VALUE}).")
    private Duration forSavepoint;

    @Option(
            names = "--rollback-jar",
            paramLabel = "FILE",
            description = "savepoint: the jar of the old version; Flink does not give it back.")
    private Path rollbackJar;

    @Option(
            names = "--rollback-entry-class",
            paramLabel = "CLASS",
            description = "Its main class (default: the one that its manifest names).")
    private String rollbackEntryClass;

    @Option(
            names = "--rollback-flags",
            paramLabel = "'FLAGS'",
            description = "The flags of the old version, in one word (default: those of the new version).")
    private String rollbackFlags;

    @Option(
            names = "--trial-flags",
            paramLabel = "'FLAGS'",
            description =
                    "savepoint: first try the new version on a snapshot, with these flags in place of those of the same"
                            + " name: other output topics, another group, another transaction prefix.")
    private String trialFlags;

    @Option(names = "--allow-non-restored-state", description = "Drop state for which the new version has no operator.")
    private boolean allowNonRestoredState;

    @Option(
            names = "--allow-repeats",
            description = "Go back even if the new version has committed output, which is then repeated.")
    private boolean allowRepeats;

    @Option(
            names = "--cut-over-at",
            paramLabel = "ISO-8601",
            converter = InstantConverter.class,
            description =
                    "blue-green: up to this event time the old version's output counts, from it on the new one's.")
    private Instant cutOverAt;

    @Option(
            names = "--catch-up-timeout",
            paramLabel = "TIME",
            defaultValue = "1h",
            converter = DurationConverter.class,
            description = "blue-green: in which the new version must have caught up, and both must have passed the cut"
                    + " (default: ${DEFAULT-VALUE}).")
    private Duration toCatchUp;

    @Option(
            names = "--max-lag",
            paramLabel = "N",
            defaultValue = "100",
            converter = CountConverter.class,
            description = "blue-green: how many records may wait in front of a version that has caught up (default:"
                    + " ${DEFAULT-VALUE}).")
    private int maxLag;

    @Option(names = "--help", usageHelp = true, description = "Shows this, and ends.")
    private boolean help;

    @Parameters(arity = "0..*", paramLabel = "-- job flags", description = "The flags of the new version.")
    private List<String> jobFlags = new ArrayList<>();

    @Spec
    private CommandSpec spec;

    private final Situation situation = new Situation();

    /** Runs the command and ends this JVM. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new UpgradeCommand())
                .setParameterExceptionHandler(
                        new WrongCall("a flag; --help lists them; those of the job stand after --"));
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter errors = spec.commandLine().getErr();
        Optional<String> wrong = wrongCombination();
        if (wrong.isPresent()) {
            errors.println(wrong.get());
            return WrongCall.EXIT_CODE;
        }
        Thread onInterrupt = new Thread(() -> situation.interrupted(out, errors, job), "upgrade-interrupted");
        Runtime.getRuntime().addShutdownHook(onInterrupt);
        Display display = new Display(out, errors);
        Ending ending;
        try {
            ending = run(display);
        } catch (RuntimeException e) {
            ending = Ending.of(situation.ifInterrupted(), RootCause.line(e) + "; " + situation.text());
        }
        situation.ended();
        forget(onInterrupt);
        if (ending.kind() == Ending.Kind.DONE) {
            display.step(ending.why());
        } else {
            display.step(ending.kind() + ": " + ending.why());
        }
        display.say(ending.line(job));
        return ending.kind().exitCode();
    }

    private static void forget(Thread onInterrupt) {
        try {
            Runtime.getRuntime().removeShutdownHook(onInterrupt);
        } catch (IllegalStateException alreadyEnding) {
            // It has nothing to say any more.
        }
    }

    private Optional<String> wrongCombination() {
        if (strategy == Strategy.SAVEPOINT && rollbackJar == null) {
            return Optional.of("--rollback-jar: got no value, expected the jar of the running version, to go back to;"
                    + " Flink does not give it back");
        }
        if (strategy == Strategy.BLUE_GREEN && cutOverAt == null) {
            return Optional.of(
                    "--cut-over-at: got no value, expected the event time from which on the new version counts");
        }
        if (strategy == Strategy.BLUE_GREEN && trialFlags != null) {
            return Optional.of("--trial-flags: given, expected with --strategy savepoint only");
        }
        if (trialFlags != null
                && JobFlags.replaced(jobFlags, JobFlags.words(trialFlags)).equals(jobFlags)) {
            return Optional.of("--trial-flags: got '" + trialFlags
                    + "', expected flags that differ from those of the new version: other output topics");
        }
        return Optional.empty();
    }

    private Ending run(Display display) {
        JarVersion newVersion =
                new JarVersion(jar, entryClass, List.copyOf(jobFlags), parallelism == null ? 0 : parallelism);
        Optional<JarVersion> oldVersion = Optional.ofNullable(rollbackJar)
                .map(file -> new JarVersion(
                        file,
                        rollbackEntryClass,
                        rollbackFlags == null ? List.copyOf(jobFlags) : JobFlags.words(rollbackFlags),
                        0));
        UpgradeRequest request = new UpgradeRequest(
                jobManager,
                job,
                newVersion,
                oldVersion,
                savepointFolder,
                format,
                Optional.ofNullable(trialFlags).map(JobFlags::words),
                allowNonRestoredState,
                allowRepeats,
                watch,
                toStart,
                forSavepoint,
                cutOverAt,
                toCatchUp,
                maxLag);
        FlinkRest rest = new FlinkRest(jobManager);
        return strategy == Strategy.SAVEPOINT
                ? new SavepointUpgrade(request, rest, display, situation).run()
                : new BlueGreenUpgrade(request, rest, display, situation).run();
    }
}
