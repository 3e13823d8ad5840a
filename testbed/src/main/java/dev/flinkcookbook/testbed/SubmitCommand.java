package dev.flinkcookbook.testbed;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.jar.JarFile;
import org.apache.flink.api.common.JobID;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/**
 * {@code ./cookbook submit}: args[0] is a job's main class, args[1] its shaded jar, the rest are the flags of this command and of
 * the job. Reads the job's flags here first, so that a mistake is answered at once; then runs the jar on a session cluster and
 * prints {@code submitted job=ID web=URL}. Ends with 2 after a wrong flag, with 1 if the JobManager or the job's main refuses.
 */
@Command(
        name = "cookbook submit RECIPE",
        usageHelpWidth = 100,
        sortOptions = false,
        description = "Runs a recipe's job on a session cluster. Flags that are not listed here go to the job; where it"
                + " is not told Kafka's --bootstrap-servers, the cluster's environment decides.")
public final class SubmitCommand implements Callable<Integer> {
    static final int FAILED = 1;

    private static final String DEFAULT = "http://localhost:8081";

    @Option(
            names = "--jobmanager",
            paramLabel = "URL",
            description = "The cluster's JobManager (default: that of ./cookbook cluster, else " + DEFAULT + ").")
    private String jobManager;

    @Option(
            names = "--parallelism",
            paramLabel = "N",
            converter = CountConverter.class,
            description = "The job's parallelism (default: 1, Flink's own for a jar sent over REST).")
    private Integer parallelism;

    @Option(
            names = "--from-savepoint",
            paramLabel = "PATH",
            description = "A savepoint, or a retained checkpoint, to go on from.")
    private String savepoint;

    @Option(names = "--help", usageHelp = true, description = "Shows this and the job's flags, and ends.")
    private boolean help;

    @Unmatched
    private List<String> ofTheJob = new ArrayList<>();

    @Spec
    private CommandSpec spec;

    private final String mainClass;
    private final Path jar;

    private SubmitCommand(String mainClass, Path jar) {
        this.mainClass = mainClass;
        this.jar = jar;
    }

    /** Runs the command and ends this JVM. */
    public static void main(String[] args) {
        System.exit(run(commandLine(args[0], Path.of(args[1])), Arrays.copyOfRange(args, 2, args.length)));
    }

    static CommandLine commandLine(String mainClass, Path jar) {
        return new CommandLine(new SubmitCommand(mainClass, jar))
                .setParameterExceptionHandler(new WrongCall("a flag; --help lists them"));
    }

    static int run(CommandLine command, String... flags) {
        int exitCode = command.execute(flags);
        if (command.isUsageHelpRequested()) {
            SubmitCommand submit = command.getCommand();
            return submit.refusal("--help").orElse(exitCode);
        }
        return exitCode;
    }

    @Override
    public Integer call() {
        Optional<Integer> refused = refusal(ofTheJob.toArray(String[]::new));
        return refused.isPresent() ? refused.get() : submit();
    }

    private int submit() {
        PrintWriter errors = spec.commandLine().getErr();
        String address = address();
        try {
            JarRun how = JarRun.with(ofTheJob).mainClass(mainClassInTheJar());
            if (parallelism != null) {
                how.parallelism(parallelism);
            }
            if (savepoint != null) {
                how.fromSavepoint(savepoint);
            }
            FlinkRest rest = new FlinkRest(address);
            rest.overview(); // Before megabytes are sent to whatever listens there.
            JobID job = rest.run(jar, how);
            spec.commandLine()
                    .getOut()
                    .println("submitted job=" + job + " web=" + address + "/#/job/running/" + job + "/overview");
            return 0;
        } catch (FlinkRestException e) {
            errors.println(
                    e.isUnreachable()
                            ? "cookbook submit: " + e.getMessage() + "; ./cookbook cluster up starts one"
                            : e.getMessage());
            return FAILED;
        } catch (IllegalArgumentException e) {
            errors.println("--jobmanager: got '" + jobManager + "', expected an address such as " + DEFAULT);
            return WrongCall.EXIT_CODE;
        }
    }

    private String address() {
        String given = jobManager == null
                ? ClusterState.ofRunning(ClusterState.folder())
                        .map(ClusterState::jobManager)
                        .orElse(DEFAULT)
                : jobManager;
        return given.replaceFirst("/+$", "");
    }

    /** The package of one version of several has the name of all of them there (docs/decisions/0017). */
    private String mainClassInTheJar() {
        try (JarFile file = new JarFile(jar.toFile())) {
            boolean isThere = file.getEntry(mainClass.replace('.', '/') + ".class") != null;
            return isThere ? mainClass : mainClass.replaceFirst("\\.v\\d+\\.", ".");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Hands the flags to the job's own reader of flags, by the convention of the recipes: {@code XJob} has
     * {@code XParameters.from(String...)}, which is empty after {@code --help}. A job without one is asked on the cluster.
     *
     * @return the exit code, if there is nothing to submit
     */
    private Optional<Integer> refusal(String... flags) {
        Method from;
        try {
            from = Class.forName(mainClass.replaceFirst("Job$", "Parameters"))
                    .getDeclaredMethod("from", String[].class);
            from.setAccessible(true);
        } catch (ClassNotFoundException | NoSuchMethodException e) {
            return Optional.empty();
        }
        try {
            Object parameters = from.invoke(null, (Object) flags);
            return parameters instanceof Optional<?> optional && optional.isEmpty() ? Optional.of(0) : Optional.empty();
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException wrongFlag) {
                spec.commandLine().getErr().println(RootCause.oneLine(String.valueOf(wrongFlag.getMessage())));
                return Optional.of(WrongCall.EXIT_CODE);
            }
            throw new IllegalStateException(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
