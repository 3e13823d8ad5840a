package dev.flinkcookbook.testbed;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code ./cookbook cluster up|status|down}: Kafka and a session cluster of real processes in the background. A daemon starts
 * them and ends them; its pid stands in a file below target, with which the three find each other.
 */
@Command(
        name = "cookbook cluster",
        usageHelpWidth = 100,
        description = "Kafka and a Flink session cluster on this machine, in the background.",
        subcommands = {ClusterCommand.Up.class, ClusterCommand.Status.class, ClusterCommand.Down.class})
public final class ClusterCommand implements Callable<Integer> {
    static final int FAILED = 1;

    private static final Duration START = Duration.ofMinutes(3);
    private static final Duration END = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(50);

    @Option(names = "--help", usageHelp = true, description = "Shows this and ends.")
    private boolean help;

    @Spec
    private CommandSpec spec;

    private ClusterCommand() {}

    /** Runs the command and ends this JVM. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new ClusterCommand())
                .setParameterExceptionHandler(new WrongCall("up, status or down; each has --help"));
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "cluster: got no subcommand, expected up, status or down");
    }

    /** Starts all, unless it runs already. */
    @Command(
            name = "up",
            usageHelpWidth = 100,
            sortOptions = false,
            description = "Starts Kafka, a JobManager and TaskManagers, prints 'ready jobmanager=URL"
                    + " bootstrap=HOST:PORT' on standard output and leaves them running. Each gets"
                    + " KAFKA_BOOTSTRAP_SERVERS in its environment. Exit code 1 if they run already or do not start.")
    static final class Up implements Callable<Integer> {
        @Option(
                names = "--port",
                paramLabel = "N",
                defaultValue = "8081",
                converter = PortConverter.class,
                description = "The JobManager's port; 0 for any free one (default: ${DEFAULT-VALUE}).")
        private int port;

        @Option(
                names = "--kafka-port",
                paramLabel = "N",
                defaultValue = "9092",
                converter = PortConverter.class,
                description = "Kafka's port for clients; 0 for any free one (default: ${DEFAULT-VALUE}).")
        private int kafkaPort;

        @Option(
                names = "--task-managers",
                paramLabel = "N",
                defaultValue = "2",
                converter = CountConverter.class,
                description = "How many, with two slots each (default: ${DEFAULT-VALUE}).")
        private int taskManagers;

        @Option(
                names = "-D",
                paramLabel = "KEY=VALUE",
                description = "An option of Flink's config.yaml; may be given several times.")
        private Map<String, String> options = new LinkedHashMap<>();

        @Option(names = "--help", usageHelp = true, description = "Shows this and ends.")
        private boolean help;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() throws IOException {
            PrintWriter errors = spec.commandLine().getErr();
            Path folder = Files.createDirectories(ClusterState.folder());
            try (FileChannel channel = FileChannel.open(
                            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.tryLock()) {
                if (lock == null) {
                    errors.println("cookbook cluster: another 'cluster up' is at it");
                    return FAILED;
                }
                Optional<ClusterState> running = ClusterState.ofRunning(folder);
                if (running.isPresent()) {
                    errors.println("cookbook cluster: it runs already at "
                            + running.get().jobManager() + " (pid "
                            + running.get().daemon().pid() + "); ./cookbook cluster down ends it");
                    return FAILED;
                }
                return start(folder, errors);
            }
        }

        private int start(Path folder, PrintWriter errors) throws IOException {
            ClusterState.delete(folder);
            // Before a daemon is started for nothing.
            for (int wanted : List.of(port, kafkaPort)) {
                if (wanted != 0 && !LoopbackPort.isFree(wanted)) {
                    errors.println("cookbook cluster: port " + wanted + " is in use");
                    return FAILED;
                }
            }
            installPlugin(folder);
            errors.println("starting Kafka, a JobManager and "
                    + (taskManagers == 1 ? "a TaskManager" : taskManagers + " TaskManagers"));
            Process daemon = daemon(folder);
            boolean decided = await(START, () -> ClusterState.ofRunning(folder).isPresent() || !daemon.isAlive());
            Optional<ClusterState> state = ClusterState.ofRunning(folder);
            if (state.isEmpty()) {
                daemon.toHandle().destroy();
                errors.println("cookbook cluster: "
                        + (decided ? firstLine(log(folder)) : "not ready within " + START.toMinutes() + " min")
                        + " (" + log(folder) + ")");
                return FAILED;
            }
            spec.commandLine()
                    .getOut()
                    .println("ready jobmanager=" + state.get().jobManager() + " bootstrap="
                            + state.get().bootstrap());
            errors.println("They run until ./cookbook cluster down; ./cookbook submit RECIPE runs a recipe there.");
            return 0;
        }

        /** If it is built, as {@code ./cookbook cluster up} sees to. */
        private void installPlugin(Path folder) throws IOException {
            Path plugin =
                    ClusterDaemon.plugins(folder).resolve("failure-labels").resolve("failure-labels.jar");
            Files.deleteIfExists(plugin);
            Path jar = Path.of(System.getProperty("cookbook.root", "."), "failure-labels/target/failure-labels.jar");
            if (Files.exists(jar)) {
                Files.createDirectories(plugin.getParent());
                Files.copy(jar, plugin);
            }
        }

        /** With nohup it survives the terminal; Ctrl-C while it starts still ends it. */
        private Process daemon(Path folder) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    "nohup",
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx128m",
                    "-XX:+UseSerialGC",
                    "-XX:-UsePerfData",
                    "-Djava.net.preferIPv4Stack=true",
                    "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                    ClusterDaemon.class.getName(),
                    folder.toAbsolutePath().toString(),
                    Integer.toString(port),
                    Integer.toString(kafkaPort),
                    Integer.toString(taskManagers)));
            options.forEach((key, value) -> command.add(key + "=" + value));
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
            // Not this terminal: whoever reads the output of this command would wait for the daemon's end.
            return builder.redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(log(folder).toFile())
                    .redirectError(Redirect.appendTo(log(folder).toFile()))
                    .start();
        }

        private static Path log(Path folder) {
            return folder.resolve("daemon.log");
        }

        private static String firstLine(Path log) throws IOException {
            try (Stream<String> lines = Files.lines(log)) {
                return lines.filter(line -> !line.startsWith("nohup:"))
                        .findFirst()
                        .orElse("it did not start");
            }
        }
    }

    /** Says what runs. */
    @Command(
            name = "status",
            usageHelpWidth = 100,
            description = "Prints a line for the cluster, for each of its processes and for each job. Exit code 1 if"
                    + " no cluster runs.")
    static final class Status implements Callable<Integer> {
        @Option(names = "--help", usageHelp = true, description = "Shows this and ends.")
        private boolean help;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            PrintWriter errors = spec.commandLine().getErr();
            Optional<ClusterState> running = ClusterState.ofRunning(ClusterState.folder());
            if (running.isEmpty()) {
                errors.println("cookbook cluster: none is running; ./cookbook cluster up starts one");
                return FAILED;
            }
            ClusterState state = running.get();
            out.println("jobmanager=" + state.jobManager() + " bootstrap=" + state.bootstrap());
            for (ClusterState.RecordedProcess process : state.processes()) {
                out.println("process=" + process.name() + " pid=" + process.pid() + " state="
                        + (process.running().isPresent() ? "running" : "gone"));
            }
            try {
                new FlinkRest(state.jobManager())
                        .jobs()
                        .forEach(job ->
                                out.println("job=" + job.id() + " status=" + job.status() + " name=" + job.name()));
                return 0;
            } catch (FlinkRestException e) {
                errors.println("cookbook cluster: " + e.getMessage());
                return FAILED;
            }
        }
    }

    /** Ends all. */
    @Command(
            name = "down",
            usageHelpWidth = 100,
            description = "Ends the cluster and Kafka, and deletes their data. Does nothing if none runs.")
    static final class Down implements Callable<Integer> {
        @Option(names = "--help", usageHelp = true, description = "Shows this and ends.")
        private boolean help;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            PrintWriter errors = spec.commandLine().getErr();
            Path folder = ClusterState.folder();
            Optional<ClusterState> running = ClusterState.ofRunning(folder);
            if (running.isEmpty()) {
                ClusterState.delete(folder);
                errors.println("cookbook cluster: none is running");
                return 0;
            }
            ClusterState state = running.get();
            state.daemon().running().ifPresent(ProcessHandle::destroy); // Its shutdown hooks clean up.
            if (!await(END, () -> isGone(state))) {
                state.daemon().running().ifPresent(ProcessHandle::destroyForcibly); // The others follow it.
            }
            if (!await(END, () -> isGone(state))) {
                errors.println("cookbook cluster: it does not end; ./cookbook cluster status shows what runs");
                return FAILED;
            }
            ClusterState.delete(folder);
            spec.commandLine().getOut().println("down");
            return 0;
        }

        private static boolean isGone(ClusterState state) {
            return state.processes().stream()
                    .allMatch(process -> process.running().isEmpty());
        }
    }

    private static boolean await(Duration atMost, BooleanSupplier condition) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
        return true;
    }
}
