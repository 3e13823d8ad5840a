package dev.flinkcookbook.operations;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** What a person sees: checks and results on standard output, what is going on just now on standard error. */
final class Display {
    private final PrintWriter out;
    private final PrintWriter progress;
    private final boolean oneLine = Boolean.getBoolean("cookbook.interactive");
    private final long started = System.nanoTime();
    private String shown = "";
    private long shownAt;
    private boolean lineIsOpen;

    Display(PrintWriter out, PrintWriter progress) {
        this.out = out;
        this.progress = progress;
    }

    /** A line that stays. */
    void say(String line) {
        closeLine();
        out.println(line);
        out.flush();
    }

    /** A step of the procedure. */
    void step(String what) {
        closeLine();
        progress.printf(Locale.ROOT, "%3d s: %s%n", seconds(), what);
        progress.flush();
    }

    /** Numbers that change: on a terminal in one line, elsewhere now and then in a new one. */
    void show(String numbers) {
        Duration interval = Duration.ofSeconds(oneLine ? 1 : 5);
        if (numbers.equals(shown) && !oneLine || System.nanoTime() - shownAt < interval.toNanos()) {
            return;
        }
        shown = numbers;
        shownAt = System.nanoTime();
        progress.printf(Locale.ROOT, "%s%3d s: %s%s", oneLine ? "\r" : "", seconds(), numbers, oneLine ? "   " : "\n");
        progress.flush();
        lineIsOpen = oneLine;
    }

    private void closeLine() {
        if (lineIsOpen) {
            progress.println();
            progress.flush();
            lineIsOpen = false;
        }
    }

    private long seconds() {
        return Duration.ofNanos(System.nanoTime() - started).toSeconds();
    }
}
