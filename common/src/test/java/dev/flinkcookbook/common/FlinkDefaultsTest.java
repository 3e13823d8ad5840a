package dev.flinkcookbook.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

class FlinkDefaultsTest {

    private static ReadableConfig settings(StreamExecutionEnvironment environment) {
        return FlinkDefaults.applyTo(environment).getConfiguration();
    }

    @Test
    void fillWhatNobodyHasSet() {
        ReadableConfig settings = settings(StreamExecutionEnvironment.createLocalEnvironment());
        assertThat(settings.get(CheckpointingOptions.CHECKPOINTING_INTERVAL)).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.get(StateBackendOptions.STATE_BACKEND)).isEqualTo("rocksdb");
        assertThat(settings.get(CheckpointingOptions.INCREMENTAL_CHECKPOINTS)).isTrue();
        assertThat(settings.get(RestartStrategyOptions.RESTART_STRATEGY)).isEqualTo("exponential-delay");
        assertThat(settings.toMap())
                .containsEntry("state.backend.rocksdb.use-bloom-filter", "true")
                .containsEntry("state.backend.rocksdb.memory.partitioned-index-filters", "true")
                .containsEntry("state.backend.rocksdb.compaction.style", "UNIVERSAL");
    }

    @Test
    void leaveAloneWhatIsSet() {
        Configuration set = new Configuration();
        set.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMinutes(1));
        set.set(StateBackendOptions.STATE_BACKEND, "hashmap");
        set.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, false);
        set.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, "file:///checkpoints");
        set.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        set.setString("state.backend.rocksdb.use-bloom-filter", "false");
        set.setString("state.backend.rocksdb.compaction.style", "LEVEL");

        ReadableConfig settings = settings(StreamExecutionEnvironment.createLocalEnvironment(set));

        assertThat(settings.toMap()).containsAllEntriesOf(set.toMap());
    }

    @Test
    void refuseAModeInWhichStateWouldSeeRecordsTwice() {
        Configuration set = new Configuration();
        set.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.AT_LEAST_ONCE);

        assertThatIllegalStateException()
                .isThrownBy(() -> settings(StreamExecutionEnvironment.createLocalEnvironment(set)))
                .withMessage("execution.checkpointing.mode is AT_LEAST_ONCE: after a failure the state would have seen"
                        + " records twice");
    }

    @Test
    void giveALocalJobAPlaceForCheckpointsSinceMemoryTakesNoMoreThanFiveMegabytes() {
        assertThat(settings(StreamExecutionEnvironment.createLocalEnvironment())
                        .get(CheckpointingOptions.CHECKPOINTS_DIRECTORY))
                .startsWith("file:/")
                .endsWith("/flink-checkpoints");
    }
}
