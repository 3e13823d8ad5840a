package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.testbed.ChildJvm;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs a {@link WorkerMain} in a fresh JVM and brings home what it found. */
final class Worker {
    private static final String HEAP = "3g";
    private static final Duration START = Duration.ofMinutes(2);
    private static final long SLOWEST_RECORDS_PER_SECOND = 4_000;
    private static final Pattern RESULT =
            Pattern.compile(WorkerMain.RESULT + "wall=([0-9.]+) cpu=([0-9.]+) state=([0-9]+)");

    /** @param stateBytes 0 unless the task was to weigh the state */
    record Outcome(IntakeCurve intake, double wallSeconds, double cpuSeconds, long stateBytes) {}

    /** What is looked at while a job runs. */
    interface Observation<T> {
        /** @param isAlive whether the job's JVM is still there */
        T make(BooleanSupplier isAlive) throws Exception;
    }

    private Worker() {}

    /** @throws IllegalStateException if the child fails, takes too long, or reads too little; with the end of its log */
    static Outcome run(RunFolder runs, WorkerTask task) throws Exception {
        Duration atMost = START.plusSeconds(task.records() / SLOWEST_RECORDS_PER_SECOND);
        return inChild(runs, task, child -> {
            Matcher result = RESULT.matcher(child.awaitLine(WorkerMain.RESULT, atMost));
            if (!result.matches()) {
                throw new IllegalStateException("not understood: " + result);
            }
            IntakeCurve intake = IntakeCurve.read(task.samples());
            if (intake.last() != task.records()) {
                throw new IllegalStateException("took in %d records of %d".formatted(intake.last(), task.records()));
            }
            return new Outcome(
                    intake,
                    Double.parseDouble(result.group(1)),
                    Double.parseDouble(result.group(2)),
                    Long.parseLong(result.group(3)));
        });
    }

    /**
     * Lets the job run while something is observed, and then kills it.
     *
     * @throws IllegalStateException if the job does not start, or the observation fails; with the end of the child's log
     */
    static <T> T during(RunFolder runs, WorkerTask task, Observation<T> observation) throws Exception {
        return inChild(runs, task, child -> {
            child.awaitLine(WorkerMain.RUNNING, START);
            return observation.make(child::isAlive);
        });
    }

    private static <T> T inChild(RunFolder runs, WorkerTask task, RunFolder.WithChild<T> action) throws Exception {
        return runs.inChild(
                task.variant().toString(),
                ChildJvm.of(WorkerMain.class).heap(HEAP).arguments(task.arguments()),
                task.folder(),
                action);
    }
}
