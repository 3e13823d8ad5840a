package dev.flinkcookbook.common;

import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Sane settings where Flink's configuration has none, so that a job runs in an IDE as it does on a cluster. What the
 * cluster's configuration or a {@code -D} sets is left alone.
 */
public final class FlinkDefaults {

    /** Exactly-once output becomes visible when a checkpoint completes: this is also the usual delay of the results. */
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(5);

    /** The option of {@code flink-statebackend-rocksdb}, which is on the cluster's class path and not on the job's. */
    private static final ConfigOption<Boolean> ROCKSDB_BLOOM_FILTER = ConfigOptions.key(
                    "state.backend.rocksdb.use-bloom-filter")
            .booleanType()
            .noDefaultValue();

    /** As above. */
    private static final ConfigOption<String> ROCKSDB_COMPACTION = ConfigOptions.key(
                    "state.backend.rocksdb.compaction.style")
            .stringType()
            .noDefaultValue();

    private FlinkDefaults() {}

    /** Completes the settings of the environment; call it before the topology is built. */
    public static StreamExecutionEnvironment applyTo(StreamExecutionEnvironment environment) {
        ReadableConfig given = environment.getConfiguration();
        Configuration defaults = new Configuration();
        setWhereAbsent(given, defaults, CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
        setWhereAbsent(given, defaults, StateBackendOptions.STATE_BACKEND, "rocksdb");
        setWhereAbsent(given, defaults, CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
        setWhereAbsent(given, defaults, ROCKSDB_BLOOM_FILTER, true);
        setWhereAbsent(given, defaults, ROCKSDB_COMPACTION, "UNIVERSAL");
        setWhereAbsent(given, defaults, RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
        environment.configure(defaults);
        return environment;
    }

    private static <T> void setWhereAbsent(
            ReadableConfig given, Configuration defaults, ConfigOption<T> option, T value) {
        if (given.getOptional(option).isEmpty()) {
            defaults.set(option, value);
        }
    }
}
