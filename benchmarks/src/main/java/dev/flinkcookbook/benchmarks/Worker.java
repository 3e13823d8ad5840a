package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.testbed.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs a {@link DeduplicationWorker} in a fresh JVM and brings home what it found. */
final class Worker {
    private static final String HEAP = "3g";
    private static final Duration START = Duration.ofMinutes(2);
    private static final long SLOWEST_RECORDS_PER_SECOND = 4_000;
    private static final int ERROR_LINES = 30;
    private static final Pattern RESULT =
            Pattern.compile(DeduplicationWorker.RESULT + "wall=([0-9.]+) cpu=([0-9.]+) state=([0-9]+)");

    /** @param stateBytes 0 unless the task was to weigh the state */
    record Outcome(IntakeCurve intake, double wallSeconds, double cpuSeconds, long stateBytes) {}

    private Worker() {}

    /** @throws IllegalStateException if the child fails or takes too long; with the end of its log */
    static Outcome run(RunFolder runs, WorkerTask task) throws IOException {
        Path folder = task.folder();
        ChildJvm child =
                runs.start(ChildJvm.of(DeduplicationWorker.class).heap(HEAP).arguments(task.arguments()), folder);
        try {
            Matcher result = RESULT.matcher(child.awaitLine(
                    DeduplicationWorker.RESULT, START.plusSeconds(task.records() / SLOWEST_RECORDS_PER_SECOND)));
            if (!result.matches()) {
                throw new IllegalStateException(task.variant() + ": not understood: " + result);
            }
            return new Outcome(
                    IntakeCurve.read(task.samples()),
                    Double.parseDouble(result.group(1)),
                    Double.parseDouble(result.group(2)),
                    Long.parseLong(result.group(3)));
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    task.variant() + ": " + e.getMessage() + "\n" + lastLines(RunFolder.errorsIn(folder)), e);
        } finally {
            runs.end(child, folder);
        }
    }

    private static String lastLines(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - ERROR_LINES), lines.size()));
    }
}
