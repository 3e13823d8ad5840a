package dev.flinkcookbook.testbed;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What {@code ./cookbook cluster up} leaves behind for {@code status}, {@code down} and {@code submit}: a file below the
 * repository's target folder, written when everything runs.
 *
 * @param jobManager the address of the REST interface
 * @param bootstrap Kafka's bootstrap servers
 * @param processes the daemon first, which is the parent of all others
 */
public record ClusterState(String jobManager, String bootstrap, List<RecordedProcess> processes) {
    /** The kernel counts in ticks since a boot time that each JVM works out anew, to the second. */
    private static final Duration BLUR = Duration.ofSeconds(3);

    private static final JsonMapper JSON = new JsonMapper();

    /** A process as it was when it was started; another one may have its number by now. */
    public record RecordedProcess(String name, long pid, long startedAtMillis) {
        static RecordedProcess of(String name, long pid) {
            return new RecordedProcess(name, pid, startOf(ProcessHandle.of(pid)));
        }

        /** The process itself, if it still runs. */
        Optional<ProcessHandle> running() {
            Optional<ProcessHandle> holder = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
            return Math.abs(startOf(holder) - startedAtMillis) <= BLUR.toMillis() ? holder : Optional.empty();
        }

        private static long startOf(Optional<ProcessHandle> process) {
            return process.flatMap(handle -> handle.info().startInstant())
                    .map(Instant::toEpochMilli)
                    .orElse(0L);
        }
    }

    /** The folder of the state file and the log, below the repository's root. */
    static Path folder() {
        return Path.of(System.getProperty("cookbook.root", "."), "target", "cluster");
    }

    /** Where the JobManager of {@code ./cookbook cluster} answers, if one is up. */
    public static Optional<String> addressOfRunning() {
        return ofRunning(folder()).map(ClusterState::jobManager);
    }

    private static Path file(Path folder) {
        return folder.resolve("state.json");
    }

    /** What the folder says, whether or not it is still true. */
    static Optional<ClusterState> read(Path folder) {
        try {
            return Optional.of(JSON.readValue(Files.readAllBytes(file(folder)), ClusterState.class));
        } catch (IOException noneOrTorn) {
            return Optional.empty();
        }
    }

    /** The state of a cluster that runs. */
    static Optional<ClusterState> ofRunning(Path folder) {
        return read(folder).filter(state -> state.daemon().running().isPresent());
    }

    void write(Path folder) {
        try {
            Path draft = folder.resolve("state.json.draft");
            AfterThisJvm.delete(file(folder));
            Files.write(draft, JSON.writeValueAsBytes(this));
            Files.move(draft, file(folder), StandardCopyOption.ATOMIC_MOVE); // Whoever reads it reads all of it.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path folder) {
        try {
            Files.deleteIfExists(file(folder));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    RecordedProcess daemon() {
        return processes.get(0);
    }
}
