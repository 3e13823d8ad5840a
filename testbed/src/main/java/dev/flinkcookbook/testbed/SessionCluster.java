package dev.flinkcookbook.testbed;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
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

    /**
     * A process of the cluster, as {@code ps} knows it.
     *
     * @param name {@code jobmanager-1}, {@code taskmanager-2}, {@code zookeeper}
     */
    public record Member(String name, long pid) {}

    /** The ports of one JobManager. */
    private record Ports(int rest, int rpc) {}

    private final SessionClusterFolder folder;
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

    private SessionCluster(SessionClusterBuilder builder) {
        classPath = FlinkDistribution.classPath();
        environment = Map.copyOf(builder.environment());
        int restPort = builder.restPort();
        ports.add(new Ports(restPort == 0 ? LoopbackPort.free() : restPort, LoopbackPort.free()));
        LoopbackPort.requireFree(ports.get(0).rest());
        if (builder.isHighlyAvailable()) {
            ports.add(new Ports(LoopbackPort.free(), LoopbackPort.free()));
        }
        folder = new SessionClusterFolder();
        options = builder.configuration(folder, ports.get(0).rpc());
        atExit = AtExit.run(this::close);
    }

    /** A cluster of one JobManager and two TaskManagers with two slots each, unless told otherwise. */
    public static SessionClusterBuilder builder() {
        return new SessionClusterBuilder();
    }

    static SessionCluster started(SessionClusterBuilder builder) {
        SessionCluster cluster = new SessionCluster(builder);
        try {
            cluster.startAll(builder.taskManagers());
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    private synchronized void startAll(int taskManagerCount) {
        folder.configure("config.yaml", ConfigurationUtils.convertConfigToWritableLines(options, false));
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
        Path settings = folder.configure(
                "zoo.cfg",
                List.of(
                        "clientPortAddress=127.0.0.1",
                        "clientPort=" + quorum.substring(quorum.lastIndexOf(':') + 1),
                        "dataDir=" + folder.zooKeeper(),
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
                .arguments("--configDir", folder.configuration().toString());
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
        Path log = folder.log(name);
        ChildJvm.Launch launch = ChildJvm.of(main)
                .classPath(classPath)
                // As in Flink's own configuration: a JobManager that is handed a jar looks into a map of the JDK.
                .option("--add-opens=java.base/java.util=ALL-UNNAMED")
                .option(ChildJvm.QUICK_COMPILER_ONLY)
                .property("java.net.preferIPv4Stack", "true")
                .property("java.io.tmpdir", folder.temporary().toString())
                .property("org.slf4j.simpleLogger.defaultLogLevel", "info")
                .property("log.file", log.toString()) // Where the Web UI looks.
                .errorsTo(log);
        environment.forEach(launch::environment);
        return launch;
    }

    private void awaitRegistered(int count) {
        long deadline = System.nanoTime() + START.toNanos();
        while (!hasRegistered(count)) {
            for (Member ended : members(true)) {
                throw new IllegalStateException("the session cluster did not start: " + ended.name() + " ended: "
                        + folder.reason(ended.name()));
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the session cluster did not start: not " + count
                        + " TaskManagers within " + START.toSeconds() + " s: " + folder.reason("jobmanager-1"));
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
        return folder.root();
    }

    /** Where checkpoints lie, unless an option names another place. */
    public Path checkpoints() {
        return folder.checkpoints();
    }

    /** Where savepoints lie, unless an option names another place. */
    public Path savepoints() {
        return folder.savepoints();
    }

    /** The logs, a file for each process. */
    public Path logs() {
        return folder.logs();
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
            add(members, taskManagerName(place), taskManagers.get(place), dead);
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

    /** The places of the TaskManagers that tasks of the job are on, in ascending order. */
    public List<Integer> taskManagers(JobID job) {
        Set<String> ids = rest.taskManagers(job);
        return IntStream.range(0, taskManagers())
                .filter(place -> ids.stream().anyMatch(id -> id.startsWith(taskManagerName(place) + ".")))
                .boxed()
                .toList();
    }

    private static String taskManagerName(int place) {
        return "taskmanager-" + (place + 1);
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
        String name = taskManagerName(place);
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
                .arguments("--configDir", folder.configuration().toString());
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
            folder.delete();
            atExit.cancel();
        }
    }

    private static void kill(ChildJvm child) {
        if (child != null) {
            child.kill();
        }
    }
}
