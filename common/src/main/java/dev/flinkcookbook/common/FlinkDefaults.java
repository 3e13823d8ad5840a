package dev.flinkcookbook.common;

import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.environment.LocalStreamEnvironment;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Sane settings where Flink's configuration has none, so that a job runs in an IDE as it does on a cluster. What the
 * cluster's configuration or a {@code -D} sets is left alone.
 */
public final class FlinkDefaults {

    /** Exactly-once output becomes visible when a checkpoint completes: this is also the usual delay of the results. */
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(5);

    /**
     * Options of {@code flink-statebackend-rocksdb}, which is on the cluster's class path and not on the job's. Measured with
     * a checkpoint each second: level compaction rewrites the whole state every few checkpoints, and a bloom filter that is
     * not partitioned does not fit into the cache, so that each read loads it anew (docs/decisions/0009).
     */
    private static final Map<String, String> ROCKSDB = Map.of(
            "state.backend.rocksdb.use-bloom-filter", "true",
            "state.backend.rocksdb.memory.partitioned-index-filters", "true",
            "state.backend.rocksdb.compaction.style", "UNIVERSAL");

    /** By Flink's own Path: Java's, as a URI, ends with a slash once the folder is there, and not before. */
    private static final String LOCAL_CHECKPOINTS =
            new Path("file", null, System.getProperty("java.io.tmpdir") + "/flink-checkpoints").toString();

    private FlinkDefaults() {}

    /**
     * Completes the settings of the environment; call it before the topology is built.
     *
     * @throws IllegalStateException one line: the cluster's settings would make state wrong after a failure
     */
    public static StreamExecutionEnvironment applyTo(StreamExecutionEnvironment environment) {
        ReadableConfig given = environment.getConfiguration();
        Configuration defaults = new Configuration();
        setWhereAbsent(given, defaults, CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
        setWhereAbsent(given, defaults, StateBackendOptions.STATE_BACKEND, "rocksdb");
        setWhereAbsent(given, defaults, CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
        ROCKSDB.forEach((key, value) -> setWhereAbsent(
                given, defaults, ConfigOptions.key(key).stringType().noDefaultValue(), value));
        if (environment instanceof LocalStreamEnvironment) {
            // A cluster has a place for checkpoints. Without one they stay in memory, which refuses state beyond 5 MB.
            setWhereAbsent(given, defaults, CheckpointingOptions.CHECKPOINTS_DIRECTORY, LOCAL_CHECKPOINTS);
        }
        setWhereAbsent(given, defaults, RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
        environment.configure(defaults);
        requireExactState(environment);
        return environment;
    }

    /** Of no use to any job here: dropped records, numbers and balances rest on state that has seen each record once. */
    private static void requireExactState(StreamExecutionEnvironment environment) {
        if (environment.getCheckpointConfig().getCheckpointingConsistencyMode() != CheckpointingMode.EXACTLY_ONCE) {
            throw new IllegalStateException("execution.checkpointing.mode is AT_LEAST_ONCE: after a failure the state"
                    + " would have seen records twice");
        }
    }

    private static <T> void setWhereAbsent(
            ReadableConfig given, Configuration defaults, ConfigOption<T> option, T value) {
        if (given.getOptional(option).isEmpty()) {
            defaults.set(option, value);
        }
    }
}
