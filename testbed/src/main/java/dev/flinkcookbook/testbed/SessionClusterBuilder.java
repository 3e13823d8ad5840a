package dev.flinkcookbook.testbed;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ClusterOptions;
import org.apache.flink.configuration.Configuration;
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

/** How a {@link SessionCluster} is to be. */
public final class SessionClusterBuilder {
    private final Map<String, String> environment = new HashMap<>();
    private final Configuration options = new Configuration();
    private int taskManagers = 2;
    private int slots = 2;
    private int restPort;
    private boolean highlyAvailable;
    private Duration checkpointInterval = Duration.ofMillis(500);

    SessionClusterBuilder() {}

    /** How many TaskManagers there are at first. */
    public SessionClusterBuilder taskManagers(int count) {
        taskManagers = count;
        return this;
    }

    /** How many slots each TaskManager has. */
    public SessionClusterBuilder slots(int count) {
        slots = count;
        return this;
    }

    /** Two JobManagers, of which one leads, and a ZooKeeper: jobs outlive the leader. */
    public SessionClusterBuilder highlyAvailable() {
        highlyAvailable = true;
        return this;
    }

    /** The port of the (first) JobManager's REST interface and Web UI; 0, the default, is any free one. */
    public SessionClusterBuilder restPort(int port) {
        restPort = port;
        return this;
    }

    /** The time from one checkpoint to the next where a job sets none; half a second by default. */
    public SessionClusterBuilder checkpointInterval(Duration interval) {
        checkpointInterval = interval;
        return this;
    }

    /** An environment variable of each process. */
    public SessionClusterBuilder environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** An option of Flink's {@code config.yaml}; it wins over the defaults here. */
    public SessionClusterBuilder option(String key, String value) {
        options.setString(key, value);
        return this;
    }

    /**
     * A running cluster: its JobManager answers and its TaskManagers have registered (some ten seconds on two cores).
     *
     * @throws IllegalStateException if it does not come up; the message has the end of a log
     */
    public SessionCluster start() {
        return SessionCluster.started(this);
    }

    int taskManagers() {
        return taskManagers;
    }

    int restPort() {
        return restPort;
    }

    boolean isHighlyAvailable() {
        return highlyAvailable;
    }

    Map<String, String> environment() {
        return environment;
    }

    /** The contents of {@code config.yaml}. */
    Configuration configuration(SessionClusterFolder folder, int rpcPort) {
        Configuration defaults = new Configuration();
        defaults.set(JobManagerOptions.ADDRESS, "localhost");
        defaults.set(JobManagerOptions.BIND_HOST, "localhost");
        defaults.set(RestOptions.ADDRESS, "localhost");
        defaults.set(RestOptions.BIND_ADDRESS, "localhost");
        defaults.set(TaskManagerOptions.HOST, "localhost");
        defaults.set(TaskManagerOptions.BIND_HOST, "localhost");
        defaults.set(JobManagerOptions.PORT, rpcPort);
        defaults.set(BlobServerOptions.PORT, "0");

        defaults.set(TaskManagerOptions.NUM_TASK_SLOTS, slots);
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
        defaults.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, checkpointInterval);
        defaults.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        defaults.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                folder.checkpoints().toUri().toString());
        defaults.set(
                CheckpointingOptions.SAVEPOINT_DIRECTORY,
                folder.savepoints().toUri().toString());
        defaults.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
        defaults.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF, Duration.ofMillis(500));
        defaults.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF, Duration.ofSeconds(2));

        defaults.set(CoreOptions.TMP_DIRS, folder.temporary().toString());
        // Shared, so that a jar outlives the JobManager that it was uploaded to.
        defaults.set(WebOptions.UPLOAD_DIR, folder.uploads().toString());
        if (highlyAvailable) {
            defaults.set(HighAvailabilityOptions.HA_MODE, "zookeeper");
            defaults.set(HighAvailabilityOptions.HA_ZOOKEEPER_QUORUM, "localhost:" + LoopbackPort.free());
            defaults.set(
                    HighAvailabilityOptions.HA_STORAGE_PATH,
                    folder.highAvailability().toUri().toString());
            defaults.set(HighAvailabilityOptions.ZOOKEEPER_SESSION_TIMEOUT, Duration.ofSeconds(5));
            defaults.set(HighAvailabilityOptions.ZOOKEEPER_CONNECTION_TIMEOUT, Duration.ofSeconds(5));
            defaults.set(HighAvailabilityOptions.ZOOKEEPER_RETRY_WAIT, Duration.ofMillis(500));
        }
        defaults.addAll(options);
        return defaults;
    }
}
