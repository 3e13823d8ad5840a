package dev.flinkcookbook.operations;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Set;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;

/**
 * What the metadata of a savepoint says: whose state it has, and written with which maximum parallelism.
 *
 * @param path as Flink gives it
 */
record Snapshot(String path, CheckpointMetadata metadata) {
    /** Of the two operators that Flink makes of a sink, the writer and the committer. */
    private static final Set<String> STATES_OF_SINKS = Set.of("writer_raw_states", "streaming_committer_raw_states");

    private static final String METADATA = "_metadata";
    private static final String WITHOUT_SINKS = "_metadata_without_sinks";

    /** @throws IOException if the file system cannot be reached from this machine */
    static Snapshot read(String path) throws IOException {
        Path file = new Path(path, METADATA);
        try (DataInputStream in = new DataInputStream(file.getFileSystem().open(file))) {
            return new Snapshot(path, Checkpoints.loadCheckpointMetadata(in, Snapshot.class.getClassLoader(), path));
        }
    }

    /** The operators that have something to lose. */
    List<OperatorState> withState() {
        return metadata.getOperatorStates().stream().filter(Snapshot::hasState).toList();
    }

    private static boolean hasState(OperatorState operator) {
        return operator.getCoordinatorState() != null
                || operator.getStates().stream().anyMatch(OperatorSubtaskState::hasState);
    }

    /**
     * Writes a second metadata file beside the first: the same files of state, but nothing of what sinks hold. A Kafka sink
     * keeps its prefix and its transactions there, and one that is restored aborts what it finds open under that prefix, even if
     * it has another one now: the remains of the job that has written the savepoint, or, if that lives, its output.
     *
     * @return what to restore from instead of {@link #path()}
     */
    String withoutSinks() throws IOException {
        List<OperatorState> others = metadata.getOperatorStates().stream()
                .filter(operator -> !isOfASink(operator))
                .toList();
        Path file = new Path(path, WITHOUT_SINKS);
        try (OutputStream out = file.getFileSystem().create(file, WriteMode.OVERWRITE)) {
            Checkpoints.storeCheckpointMetadata(
                    new CheckpointMetadata(
                            metadata.getCheckpointId(),
                            others,
                            metadata.getMasterStates(),
                            metadata.getCheckpointProperties()),
                    out);
        }
        return file.toString();
    }

    /** Removes what {@link #withoutSinks} has written. */
    void forgetWithoutSinks() throws IOException {
        Path file = new Path(path, WITHOUT_SINKS);
        FileSystem files = file.getFileSystem();
        if (files.exists(file)) {
            files.delete(file, false);
        }
    }

    private static boolean isOfASink(OperatorState operator) {
        return operator.getStates().stream()
                .flatMap(subtask -> subtask.getManagedOperatorState().stream())
                .flatMap(state -> state.getStateNameToPartitionOffsets().keySet().stream())
                .anyMatch(STATES_OF_SINKS::contains);
    }
}
