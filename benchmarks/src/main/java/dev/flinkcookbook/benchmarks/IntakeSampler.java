package dev.flinkcookbook.benchmarks;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Writes a line {@code <microseconds> <records>} twenty times a second; {@link IntakeCurve} reads them. */
final class IntakeSampler {
    private static final Duration INTERVAL = Duration.ofMillis(50);

    private final PrintWriter samples;
    private final Thread thread;
    private volatile boolean stopped;

    private IntakeSampler(PrintWriter samples) {
        this.samples = samples;
        this.thread = new Thread(this::sample, "intake-sampler");
        thread.setDaemon(true);
        thread.setPriority(Thread.MAX_PRIORITY);
    }

    static IntakeSampler writingTo(Path file) throws java.io.IOException {
        IntakeSampler sampler = new IntakeSampler(new PrintWriter(Files.newBufferedWriter(file)));
        sampler.thread.start();
        return sampler;
    }

    private void sample() {
        while (!stopped) {
            write();
            LockSupport.parkNanos(INTERVAL.toNanos());
        }
    }

    private void write() {
        // The time first: if this thread is held up between the two, a rate comes out too high by it only once.
        long micros = System.nanoTime() / 1_000;
        samples.println(micros + " " + Intake.total());
    }

    /** Writes a last line, with which the curve is complete. */
    void stop() throws InterruptedException {
        stopped = true;
        thread.join();
        write();
        samples.close();
    }
}
