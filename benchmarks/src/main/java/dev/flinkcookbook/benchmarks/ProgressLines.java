package dev.flinkcookbook.benchmarks;

import java.io.PrintStream;
import java.time.Duration;

/** Lines that say how far a benchmark is, each with the time since its start. */
final class ProgressLines {
    private final long started = System.nanoTime();
    private final PrintStream out;

    ProgressLines(PrintStream out) {
        this.out = out;
    }

    void say(String line) {
        Duration elapsed = Duration.ofNanos(System.nanoTime() - started);
        out.printf("%3d:%02d %s%n", elapsed.toMinutes(), elapsed.toSecondsPart(), line);
    }
}
