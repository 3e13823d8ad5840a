package dev.flinkcookbook.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ClusterOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.TaskManagerOptions.TaskManagerLoadBalanceMode;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint;
import org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer;

/**
 * A Flink session cluster of child JVMs, as in production: JobManagers and TaskManagers that can be killed, paused and
 * replaced while this JVM goes on, and that know a job's classes only from the jar that was submitted. On request highly
 * available: a second JobManager and a ZooKeeper.
 *
 * <p>Jobs are strict: no generated uids, no Kryo; a checkpoint every half second, and any number of restarts. Everything
 * listens on the loopback address, on ports that are kept until the cluster is closed. It ends with this JVM, also when that
 * is killed, and its folder with it.
 *
 * <p>TaskManagers and JobManagers have places, counted from 0. A killed one leaves its place empty for the next.
 */
public final class SessionCluster implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(90);
    private static final Duration ELECTION = Duration.ofSeconds(60);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final int ERROR_LINES = 20;

    /**
     * A process of the cluster, as {@code ps} knows it.
     *
     * @param name {@code jobmanager-1}, {@code taskmanager-2}, {@code zookeeper}
     */
    public record Member(String name, long pid) {}

    /** The ports of one JobManager. */
    private record Ports(int rest, int rpc) {}

    private final Path folder;
    private final Configuration options;
    private final Map<String, String> environment;
    private final List<Ports> ports = new ArrayList<>();
    private final List<ChildJvm> jobManagers = new ArrayList<>();
    private final List<ChildJvm> taskManagers = new ArrayList<>();
    private final String classPath;
    private final FlinkRest rest = new FlinkRest(() -> URI.create(restAddress()));
    private final AtExit atExit;
    private ChildJvm zooKeeper;
    private int started;
    private int requests;
    private boolean closed;

    private SessionCluster(Builder builder) {
        classPath = FlinkDistribution.classPath();
        environment = Map.copyOf(builder.environment);
        ports.add(new Ports(builder.restPort == 0 ? LoopbackPort.free() : builder.restPort, LoopbackPort.free()));
        LoopbackPort.requireFree(ports.get(0).rest());
        if (builder.highlyAvailable) {
            ports.add(new Ports(LoopbackPort.free(), LoopbackPort.free()));
        }
        folder = TemporaryFolder.create("session-cluster");
        options = options(builder);
        atExit = AtExit.run(this::close);
    }

    /** A cluster of one JobManager and two TaskManagers with two slots each, unless told otherwise. */
    public static Builder builder() {
        return new Builder();
    }

    /** How a cluster is to be. */
    public static final class Builder {
        private final Map<String, String> environment = new HashMap<>();
        private final Configuration options = new Configuration();
        private int taskManagers = 2;
        private int slots = 2;
        private int restPort;
        private boolean highlyAvailable;
        private Duration checkpointInterval = Duration.ofMillis(500);

        private Builder() {}

        /** How many TaskManagers there are at first. */
        public Builder taskManagers(int count) {
            taskManagers = count;
            return this;
        }

        /** How many slots each TaskManager has. */
        public Builder slots(int count) {
            slots = count;
            return this;
        }

        /** Two JobManagers, of which one leads, and a ZooKeeper: jobs outlive the leader. */
        public Builder highlyAvailable() {
            highlyAvailable = true;
            return this;
        }

        /** The port of the (first) JobManager's REST interface and Web UI; 0, the default, is any free one. */
        public Builder restPort(int port) {
            restPort = port;
            return this;
        }

        /** The time from one checkpoint to the next where a job sets none; half a second by default. */
        public Builder checkpointInterval(Duration interval) {
            checkpointInterval = interval;
            return this;
        }

        /** An environment variable of each process. */
        public Builder environment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        /** An option of Flink's {@code config.yaml}; it wins over the defaults here. */
        public Builder option(String key, String value) {
            options.setString(key, value);
            return this;
        }

        /**
         * A running cluster: its JobManager answers and its TaskManagers have registered (some ten seconds on two cores).
         *
         * @throws IllegalStateException if it does not come up; the message has the end of a log
         */
        public SessionCluster start() {
            SessionCluster cluster = new SessionCluster(this);
            try {
                cluster.startAll(taskManagers);
            } catch (RuntimeException e) {
                cluster.close();
                throw e;
            }
            return cluster;
        }
    }

    private Configuration options(Builder builder) {
        Configuration defaults = new Configuration();
        defaults.set(JobManagerOptions.ADDRESS, "localhost");
        defaults.set(JobManagerOptions.BIND_HOST, "localhost");
        defaults.set(RestOptions.ADDRESS, "localhost");
        defaults.set(RestOptions.BIND_ADDRESS, "localhost");
        defaults.set(TaskManagerOptions.HOST, "localhost");
        defaults.set(TaskManagerOptions.BIND_HOST, "localhost");
        defaults.set(JobManagerOptions.PORT, ports.get(0).rpc());
        defaults.set(BlobServerOptions.PORT, "0");

        defaults.set(TaskManagerOptions.NUM_TASK_SLOTS, builder.slots);
        // So that whichever TaskManager is killed has tasks of a job.
        defaults.set(TaskManagerOptions.TASK_MANAGER_LOAD_BALANCE_MODE, TaskManagerLoadBalanceMode.SLOTS);
        // Flink's shell scripts would compute these; a TaskManager that is started without them wants each one.
        defaults.set(TaskManagerOptions.CPU_CORES, 1.0);
        defaults.set(TaskManagerOptions.TASK_HEAP_MEMORY, MemorySize.ofMebiBytes(256));
        defaults.set(TaskManagerOptions.TASK_OFF_HEAP_MEMORY, MemorySize.ZERO);
        defaults.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
        defaults.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
        defaults.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(128));
        defaults.set(TaskManagerOptions.FRAMEWORK_HEAP_MEMORY, MemorySize.ofMebiBytes(128));
        defaults.set(TaskManagerOptions.FRAMEWORK_OFF_HEAP_MEMORY, MemorySize.ofMebiBytes(128));
        defaults.set(TaskManagerOptions.JVM_METASPACE, MemorySize.ofMebiBytes(256));
        defaults.set(TaskManagerOptions.JVM_OVERHEAD_MIN, MemorySize.ofMebiBytes(192));
        defaults.set(TaskManagerOptions.JVM_OVERHEAD_MAX, MemorySize.ofMebiBytes(192));

        // Long enough for a busy machine of two cores, short enough for a test.
        defaults.set(HeartbeatManagerOptions.HEARTBEAT_INTERVAL, Duration.ofSeconds(1));
        defaults.set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofSeconds(5));
        // All processes start at once; with the defaults one that asks too early waits for ten seconds.
        defaults.set(ClusterOptions.ERROR_REGISTRATION_DELAY, Duration.ofMillis(500));
        defaults.set(ClusterOptions.REFUSED_REGISTRATION_DELAY, Duration.ofMillis(500));
        defaults.set(MetricOptions.METRIC_FETCHER_UPDATE_INTERVAL, Duration.ofMillis(200));
        defaults.set(WebOptions.REFRESH_INTERVAL, Duration.ofMillis(500));

        defaults.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        defaults.set(PipelineOptions.GENERIC_TYPES, false);
        defaults.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, builder.checkpointInterval);
        defaults.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        defaults.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                checkpoints().toUri().toString());
        defaults.set(
                CheckpointingOptions.SAVEPOINT_DIRECTORY, savepoints().toUri().toString());
        defaults.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
        defaults.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF, Duration.ofMillis(500));
        defaults.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF, Duration.ofSeconds(2));

        defaults.set(CoreOptions.TMP_DIRS, folder.resolve("tmp").toString());
        // Shared, so that a jar outlives the JobManager that it was uploaded to.
        defaults.set(WebOptions.UPLOAD_DIR, folder.resolve("uploads").toString());
        if (builder.highlyAvailable) {
            defaults.set(HighAvailabilityOptions.HA_MODE, "zookeeper");
            defaults.set(HighAvailabilityOptions.HA_ZOOKEEPER_QUORUM, "localhost:" + LoopbackPort.free());
            defaults.set(
                    HighAvailabilityOptions.HA_STORAGE_PATH,
                    folder.resolve("ha").toUri().toString());
            defaults.set(HighAvailabilityOptions.ZOOKEEPER_SESSION_TIMEOUT, Duration.ofSeconds(5));
            defaults.set(HighAvailabilityOptions.ZOOKEEPER_CONNECTION_TIMEOUT, Duration.ofSeconds(5));
            defaults.set(HighAvailabilityOptions.ZOOKEEPER_RETRY_WAIT, Duration.ofMillis(500));
        }
        defaults.addAll(builder.options);
        return defaults;
    }

    private synchronized void startAll(int taskManagerCount) {
        for (String name : List.of("conf", "checkpoints", "savepoints", "logs", "tmp", "ha", "uploads")) {
            create(folder.resolve(name));
        }
        write(folder.resolve("conf/config.yaml"), ConfigurationUtils.convertConfigToWritableLines(options, false));
        if (isHighlyAvailable()) {
            startZooKeeper();
        }
        ports.forEach(unused -> jobManagers.add(null));
        for (int place = 0; place < ports.size(); place++) {
            startJobManager(place);
        }
        for (int place = 0; place < taskManagerCount; place++) {
            startTaskManager();
        }
        awaitRegistered(taskManagerCount);
    }

    private boolean isHighlyAvailable() {
        return ports.size() > 1;
    }

    private void startZooKeeper() {
        String quorum = options.get(HighAvailabilityOptions.HA_ZOOKEEPER_QUORUM);
        Path settings = folder.resolve("conf/zoo.cfg");
        write(
                settings,
                List.of(
                        "clientPortAddress=127.0.0.1",
                        "clientPort=" + quorum.substring(quorum.lastIndexOf(':') + 1),
                        "dataDir=" + folder.resolve("zookeeper"),
                        "tickTime=500", // Sessions last at least two ticks and at most twenty.
                        "admin.enableServer=false"));
        zooKeeper = launch("zookeeper", FlinkZooKeeperQuorumPeer.class)
                .heap("64m")
                .property("zookeeper.admin.enableServer", "false")
                .arguments("--zkConfigFile", settings.toString(), "--peerId", "1")
                .start();
    }

    private void startJobManager(int place) {
        Ports own = ports.get(place);
        ChildJvm.Launch launch = launch("jobmanager-" + (place + 1), StandaloneSessionClusterEntrypoint.class)
                .heap("448m")
                .arguments("--configDir", folder.resolve("conf").toString());
        dynamic(launch, RestOptions.PORT.key(), own.rest());
        dynamic(launch, RestOptions.BIND_PORT.key(), own.rest());
        dynamic(launch, HighAvailabilityOptions.HA_JOB_MANAGER_PORT_RANGE.key(), own.rpc());
        jobManagers.set(place, launch.start());
    }

    private static void dynamic(ChildJvm.Launch launch, String key, Object value) {
        launch.arguments("-D", key + "=" + value);
    }

    /** A child JVM with Flink's class path alone, and its log in a file of its own. */
    private ChildJvm.Launch launch(String name, Class<?> main) {
        Path log = log(name);
        ChildJvm.Launch launch = ChildJvm.of(main)
                .classPath(classPath)
                // As in Flink's own configuration: a JobManager that is handed a jar looks into a map of the JDK.
                .option("--add-opens=java.base/java.util=ALL-UNNAMED")
                .option(ChildJvm.QUICK_COMPILER_ONLY)
                .property("java.net.preferIPv4Stack", "true")
                .property("java.io.tmpdir", folder.resolve("tmp").toString())
                .property("org.slf4j.simpleLogger.defaultLogLevel", "info")
                .property("log.file", log.toString()) // Where the Web UI looks.
                .errorsTo(log);
        environment.forEach(launch::environment);
        return launch;
    }

    private Path log(String name) {
        return logs().resolve(name + ".log");
    }

    private void awaitRegistered(int count) {
        long deadline = System.nanoTime() + START.toNanos();
        while (!hasRegistered(count)) {
            for (Member ended : members(true)) {
                throw new IllegalStateException(
                        "the session cluster did not start: " + ended.name() + " ended: " + reason(log(ended.name())));
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the session cluster did not start: not " + count
                        + " TaskManagers within " + START.toSeconds() + " s: " + reason(log("jobmanager-1")));
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private boolean hasRegistered(int count) {
        try {
            return rest.overview().taskManagers() == count;
        } catch (FlinkRestException notYet) {
            return false;
        }
    }

    /** Jobs, savepoints, metrics, by whichever JobManager is alive. */
    public FlinkRest rest() {
        return rest;
    }

    /** The address of the REST interface and the Web UI of a JobManager that is alive: {@code http://localhost:PORT}. */
    public synchronized String restAddress() {
        for (int place = 0; place < jobManagers.size(); place++) {
            if (isAlive(jobManagers.get(place))) {
                return restAddress(place);
            }
        }
        return restAddress(0);
    }

    private String restAddress(int place) {
        return "http://localhost:" + ports.get(place).rest();
    }

    /** Everything that the cluster writes; it is gone after {@link #close()}. */
    public Path folder() {
        return folder;
    }

    /** Where checkpoints lie, unless an option names another place. */
    public Path checkpoints() {
        return folder.resolve("checkpoints");
    }

    /** Where savepoints lie, unless an option names another place. */
    public Path savepoints() {
        return folder.resolve("savepoints");
    }

    /** The logs, a file for each process. */
    public Path logs() {
        return folder.resolve("logs");
    }

    /** The processes that are alive, paused ones too. */
    public List<Member> members() {
        return members(false);
    }

    private synchronized List<Member> members(boolean dead) {
        List<Member> members = new ArrayList<>();
        add(members, "zookeeper", zooKeeper, dead);
        for (int place = 0; place < jobManagers.size(); place++) {
            add(members, "jobmanager-" + (place + 1), jobManagers.get(place), dead);
        }
        for (int place = 0; place < taskManagers.size(); place++) {
            add(members, "taskmanager-" + (place + 1), taskManagers.get(place), dead);
        }
        return members;
    }

    private static void add(List<Member> members, String name, ChildJvm child, boolean dead) {
        if (child != null && child.isAlive() != dead) {
            members.add(new Member(name, child.pid()));
        }
    }

    /** How many places for TaskManagers there are, empty ones too. */
    public synchronized int taskManagers() {
        return taskManagers.size();
    }

    /** The process id of the TaskManager at this place. */
    public synchronized long taskManagerPid(int place) {
        return taskManager(place).pid();
    }

    /**
     * Starts a TaskManager, in the first empty place or else in a new one, and returns at once; see
     * {@link FlinkRest#awaitTaskManagers}.
     *
     * @return its place
     */
    public synchronized int startTaskManager() {
        refuseClosed();
        int place = 0;
        while (place < taskManagers.size() && isAlive(taskManagers.get(place))) {
            place++;
        }
        if (place == taskManagers.size()) {
            taskManagers.add(null);
        }
        String name = "taskmanager-" + (place + 1);
        MemorySize heap = options.get(TaskManagerOptions.TASK_HEAP_MEMORY)
                .add(options.get(TaskManagerOptions.FRAMEWORK_HEAP_MEMORY));
        MemorySize direct = options.get(TaskManagerOptions.NETWORK_MEMORY_MAX)
                .add(options.get(TaskManagerOptions.TASK_OFF_HEAP_MEMORY))
                .add(options.get(TaskManagerOptions.FRAMEWORK_OFF_HEAP_MEMORY));
        ChildJvm.Launch launch = launch(name, TaskManagerMain.class)
                .heap(heap.getMebiBytes() + "m")
                .option("-XX:MaxDirectMemorySize=" + direct.getMebiBytes() + "m")
                .option("-XX:MaxMetaspaceSize="
                        + options.get(TaskManagerOptions.JVM_METASPACE).getMebiBytes() + "m")
                .arguments("--configDir", folder.resolve("conf").toString());
        // Another name each time: the JobManager may still believe that the one before is alive.
        dynamic(launch, TaskManagerOptions.TASK_MANAGER_RESOURCE_ID.key(), name + "." + ++started);
        taskManagers.set(place, launch.start());
        return place;
    }

    /** Kills the TaskManager at this place by SIGKILL; returns when it is gone. Its jobs fail over once that is noticed. */
    public synchronized void killTaskManager(int place) {
        taskManager(place).kill();
    }

    /** Kills the TaskManager at this place and starts another one there; returns at once. */
    public synchronized void replaceTaskManager(int place) {
        killTaskManager(place);
        startTaskManager();
    }

    /**
     * Stops the TaskManager at this place in its tracks by SIGSTOP. After the heartbeat timeout, five seconds, the JobManager
     * takes it for dead.
     */
    public synchronized void pauseTaskManager(int place) {
        taskManager(place).pause();
    }

    /** Lets a paused TaskManager go on; if it was taken for dead, it registers again. */
    public synchronized void resumeTaskManager(int place) {
        taskManager(place).resume();
    }

    /**
     * Lets one task fail on the TaskManager at this place: its thread is interrupted, and it ends with an exception as soon
     * as it waits for something, a record, a buffer or the end of a flush.
     *
     * @param partOfName what the name of the task contains, such as the name of an operator; empty for any task
     * @return the task's name
     * @throws IllegalStateException if no such task runs there
     */
    public synchronized String failTask(int place, String partOfName) {
        ChildJvm taskManager = taskManager(place);
        int request = ++requests;
        taskManager.tell(TaskManagerMain.request(request, partOfName));
        String answer = TaskManagerMain.answerTo(request);
        String failed = taskManager.awaitLine(answer, ANSWER).substring(answer.length());
        if (failed.isEmpty()) {
            throw new IllegalStateException("TaskManager " + place + " runs no task"
                    + (partOfName.isEmpty() ? "" : " whose name contains '" + partOfName + "'"));
        }
        return failed;
    }

    /** Lets one task fail, on whichever TaskManager runs one; otherwise as {@link #failTask(int, String)}. */
    public synchronized String failTask(String partOfName) {
        IllegalStateException none = new IllegalStateException("no TaskManager is alive");
        for (int place = 0; place < taskManagers.size(); place++) {
            if (isAlive(taskManagers.get(place))) {
                try {
                    return failTask(place, partOfName);
                } catch (IllegalStateException e) {
                    none = e;
                }
            }
        }
        throw none;
    }

    /**
     * Kills the JobManager that leads by SIGKILL; returns when it is gone. If the cluster is highly available, the other one
     * takes over once ZooKeeper has noticed, after five seconds; otherwise the jobs are lost with it.
     *
     * @return its place
     */
    public synchronized int killLeadingJobManager() {
        int place = leader();
        jobManagers.get(place).kill();
        return place;
    }

    /** Starts the JobManagers that were killed, on their old ports, and returns at once. */
    public synchronized void startJobManager() {
        refuseClosed();
        for (int place = 0; place < jobManagers.size(); place++) {
            if (!isAlive(jobManagers.get(place))) {
                startJobManager(place);
            }
        }
    }

    /** The place of the JobManager that leads, by what ZooKeeper says. */
    private int leader() {
        if (!isHighlyAvailable()) {
            requireAlive(jobManagers.get(0), "the JobManager");
            return 0;
        }
        long deadline = System.nanoTime() + ELECTION.toNanos();
        try (RestClusterClient<String> client = new RestClusterClient<>(new Configuration(options), "testbed")) {
            while (true) {
                // A leader that was killed is still announced until its session ends.
                Optional<Integer> place = place(client.getWebInterfaceURL());
                if (place.isPresent()) {
                    return place.get();
                }
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("no JobManager leads within " + ELECTION.toSeconds() + " s");
                }
                LockSupport.parkNanos(POLL.toNanos());
            }
        } catch (IllegalStateException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("ZooKeeper does not say which JobManager leads: " + e.getMessage(), e);
        }
    }

    private Optional<Integer> place(String address) {
        int port = URI.create(address).getPort(); // The host is announced as 127.0.0.1.
        for (int place = 0; place < jobManagers.size(); place++) {
            if (port == ports.get(place).rest() && isAlive(jobManagers.get(place))) {
                return Optional.of(place);
            }
        }
        return Optional.empty();
    }

    private ChildJvm taskManager(int place) {
        ChildJvm taskManager = place < taskManagers.size() ? taskManagers.get(place) : null;
        requireAlive(taskManager, "TaskManager " + place);
        return taskManager;
    }

    private static void requireAlive(ChildJvm child, String name) {
        if (!isAlive(child)) {
            throw new IllegalStateException(name + " is not running");
        }
    }

    private static boolean isAlive(ChildJvm child) {
        return child != null && child.isAlive();
    }

    private void refuseClosed() {
        if (closed) {
            throw new IllegalStateException("this cluster is closed and its folder is deleted");
        }
    }

    /** Kills every process and deletes the folder, with all checkpoints and savepoints. May be called more than once. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            taskManagers.forEach(SessionCluster::kill);
            jobManagers.forEach(SessionCluster::kill);
            kill(zooKeeper);
            TemporaryFolder.delete(folder);
            atExit.cancel();
        }
    }

    private static void kill(ChildJvm child) {
        if (child != null) {
            child.kill();
        }
    }

    private static void create(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, List<String> lines) {
        try {
            Files.write(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The last root cause that the log has, or its last lines. */
    private static String reason(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return lines.stream()
                    .filter(line -> line.startsWith("Caused by: "))
                    .reduce((before, last) -> last)
                    .orElseGet(() ->
                            String.join("\n", lines.subList(Math.max(0, lines.size() - ERROR_LINES), lines.size())));
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }
}
