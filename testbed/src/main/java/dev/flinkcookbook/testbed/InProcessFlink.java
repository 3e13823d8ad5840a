package dev.flinkcookbook.testbed;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.client.program.ClusterClient;
import org.apache.flink.client.program.MiniClusterClient;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.util.MiniClusterPipelineExecutorServiceLoader;

/**
 * Flink's MiniCluster in this JVM: one TaskManager with four slots. While it is {@link #install installed},
 * {@code StreamExecutionEnvironment.getExecutionEnvironment()} gives an environment that runs on it, so a job's own
 * {@code main} does. Jobs are strict: no generated uids, no Kryo, a checkpoint every 100 ms, no restart.
 */
public final class InProcessFlink implements AutoCloseable {
    private static final int SLOTS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path folder;
    private final MiniCluster cluster;
    private final MiniClusterClient client;
    private final AtExit atExit;
    private int taskManagersLost;
    private boolean closed;

    private InProcessFlink(Path folder, MiniCluster cluster, Configuration options) {
        this.folder = folder;
        this.cluster = cluster;
        this.client = new MiniClusterClient(options, cluster);
        this.atExit = AtExit.run(() -> {
            // Tasks that still run would write into the folder while it is deleted.
            cluster.closeAsync().completeOnTimeout(null, 5, TimeUnit.SECONDS).join();
            TemporaryFolder.delete(folder);
        });
    }

    /**
     * A running cluster.
     *
     * @param clusterOptions what belongs to a cluster and not to a job: metric reporters, {@code rest.port}, memory; they
     *     win over the defaults
     * @throws IllegalStateException if it does not come up
     */
    public static InProcessFlink started(Configuration clusterOptions) {
        Path folder = TemporaryFolder.create("flink");
        Configuration options = new Configuration();
        options.set(RestOptions.ADDRESS, "localhost");
        options.set(RestOptions.BIND_ADDRESS, "localhost");
        options.set(RestOptions.BIND_PORT, "0");
        options.set(CoreOptions.TMP_DIRS, folder.toString());
        options.addAll(clusterOptions);
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(options)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(SLOTS)
                .build());
        try {
            cluster.start();
        } catch (Exception e) {
            cluster.closeAsync();
            TemporaryFolder.delete(folder);
            throw new IllegalStateException("the MiniCluster did not start: " + e.getMessage(), e);
        }
        return new InProcessFlink(folder, cluster, options);
    }

    /**
     * Makes this cluster the one that {@code getExecutionEnvironment()} uses, in every thread of this JVM.
     *
     * @param jobOptions defaults for each job, over the strict ones; what a job sets itself wins
     */
    public void install(Configuration jobOptions) {
        Configuration defaults = jobDefaults();
        defaults.addAll(jobOptions);
        Environment.install(cluster, defaults);
    }

    /** Undoes {@link #install}. */
    public static void uninstall() {
        Environment.uninstall();
    }

    private Configuration jobDefaults() {
        Configuration options = new Configuration();
        options.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        options.set(PipelineOptions.GENERIC_TYPES, false);
        options.set(CoreOptions.DEFAULT_PARALLELISM, SLOTS);
        options.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        options.set(StateBackendOptions.STATE_BACKEND, "hashmap");
        options.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(100));
        options.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        options.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                folder.resolve("checkpoints").toUri().toString());
        options.set(
                CheckpointingOptions.SAVEPOINT_DIRECTORY,
                folder.resolve("savepoints").toUri().toString());
        return options;
    }

    /** Lists, cancels and stops jobs, takes savepoints. Savepoints without a target go to this cluster's folder. */
    public ClusterClient<?> client() {
        return client;
    }

    /** The address of the REST interface and, where flink-runtime-web is on the class path, of the Web UI. */
    public String webInterface() {
        return await(cluster.getRestAddress()).toString();
    }

    /**
     * Ends the TaskManager with all that runs on it, and starts another one. Jobs fail and, where they may, restart from
     * their newest checkpoint.
     */
    public synchronized void replaceTaskManager() {
        await(cluster.terminateTaskManager(taskManagersLost++));
        try {
            cluster.startTaskManager();
        } catch (Exception e) {
            throw new IllegalStateException("the new TaskManager did not start: " + e.getMessage(), e);
        }
    }

    /** Cancels what still runs, and returns when it has ended. */
    public void cancelJobs() {
        for (JobStatusMessage job : await(client.listJobs())) {
            if (!job.getJobState().isGloballyTerminalState()) {
                client.cancel(job.getJobId()).handle((acknowledge, alreadyEnded) -> null);
                await(client.requestJobResult(job.getJobId()));
            }
        }
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the MiniCluster", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the MiniCluster did not answer: " + e, e);
        }
    }

    /** Ends the cluster with all its jobs and deletes its checkpoints and savepoints. May be called more than once. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            client.close();
            await(cluster.closeAsync());
            TemporaryFolder.delete(folder);
            atExit.cancel();
        }
    }

    /** A subclass because the switch that {@code getExecutionEnvironment()} obeys is protected. */
    @SuppressWarnings("try") // Flink's own close() may be interrupted.
    private static final class Environment extends StreamExecutionEnvironment {
        private Environment(MiniCluster cluster, Configuration options) {
            super(new MiniClusterPipelineExecutorServiceLoader(cluster), options, null);
        }

        static void install(MiniCluster cluster, Configuration defaults) {
            initializeContextEnvironment(ofJob -> {
                Configuration options = new Configuration(defaults);
                options.addAll(ofJob);
                return new Environment(
                        cluster,
                        MiniClusterPipelineExecutorServiceLoader.updateConfigurationForMiniCluster(
                                options, jarsOf(options), List.of()));
            });
        }

        private static List<org.apache.flink.core.fs.Path> jarsOf(Configuration options) {
            return options.getOptional(PipelineOptions.JARS).orElse(List.of()).stream()
                    .map(org.apache.flink.core.fs.Path::new)
                    .toList();
        }

        static void uninstall() {
            resetContextEnvironment();
        }
    }
}
