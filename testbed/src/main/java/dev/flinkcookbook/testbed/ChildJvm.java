package dev.flinkcookbook.testbed;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A JVM of its own that can be killed, paused and stopped like a process in production. It never outlives this JVM: a
 * shutdown hook kills it, and when this JVM is killed the child notices and ends itself.
 */
public final class ChildJvm implements AutoCloseable {
    /**
     * For a JVM that lives for seconds or minutes and shares few cores with others: most of what it would compute is compiling.
     * Not for one whose speed is measured.
     */
    public static final String QUICK_COMPILER_ONLY = "-XX:TieredStopAtLevel=1";

    private static final int LINES_KEPT = 10_000;
    private static final Set<ChildJvm> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        AtExit.run(() -> RUNNING.forEach(child -> child.process.destroyForcibly()));
    }

    private final String mainClass;
    private final Process process;
    private final Deque<String> lines = new ArrayDeque<>();
    private boolean outputEnded;

    private ChildJvm(String mainClass, Process process) {
        this.mainClass = mainClass;
        this.process = process;
        RUNNING.add(this);
        process.onExit().thenRun(() -> RUNNING.remove(this));
        Thread reader = new Thread(this::readOutput, "output-of-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** A child JVM to be started with the given main class; it need not be public. */
    public static Launch of(String mainClass) {
        return new Launch(mainClass);
    }

    /** As {@link #of(String)}. */
    public static Launch of(Class<?> mainClass) {
        return of(mainClass.getName());
    }

    private void readOutput() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                synchronized (lines) {
                    if (lines.size() == LINES_KEPT) {
                        lines.removeFirst();
                    }
                    lines.addLast(line);
                    lines.notifyAll();
                }
            }
        } catch (IOException closed) {
            // The child was killed in the middle of a line.
        } finally {
            synchronized (lines) {
                outputEnded = true;
                lines.notifyAll();
            }
        }
    }

    /** The process id. */
    public long pid() {
        return process.pid();
    }

    /** Whether the process exists; a paused one does. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** What the child has written to standard output so far, at most the last 10,000 lines. */
    public List<String> output() {
        synchronized (lines) {
            return new ArrayList<>(lines);
        }
    }

    /**
     * Waits for a line on the child's standard output; a line that is there already counts.
     *
     * @return the first line that starts with the prefix
     * @throws IllegalStateException if the child ends, or the time is over, before such a line
     */
    public String awaitLine(String prefix, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        synchronized (lines) {
            while (true) {
                for (String line : lines) {
                    if (line.startsWith(prefix)) {
                        return line;
                    }
                }
                if (outputEnded) {
                    throw new IllegalStateException(mainClass + " ended without a line '" + prefix + "'");
                }
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw new IllegalStateException(
                            mainClass + " printed no line '" + prefix + "' within " + atMost.toSeconds() + " s");
                }
                try {
                    lines.wait(left);
                } catch (InterruptedException e) {
                    throw interrupted(e);
                }
            }
        }
    }

    /**
     * Waits for the child to end.
     *
     * @return its exit code; 137 after a kill -9
     * @throws IllegalStateException if it runs on for longer
     */
    public int awaitExit(Duration atMost) {
        try {
            if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException(
                        mainClass + " (pid " + pid() + ") still runs after " + atMost.toSeconds() + " s");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Asks the child to end, by SIGTERM: its shutdown hooks run. Does not wait. */
    public void terminate() {
        process.toHandle().destroy(); // Not process.destroy(): that closes standard input, and the child would halt.
    }

    /** Kills the child, by SIGKILL: nothing of it runs any more. Returns when it is gone. */
    public void kill() {
        process.toHandle().destroyForcibly();
        awaitExit(Duration.ofSeconds(30));
    }

    /**
     * Stops the child in its tracks, by SIGSTOP: its connections stay open and nobody answers on them. It goes on when this
     * JVM ends, since a stopped process could not notice that.
     */
    public void pause() {
        AfterThisJvm.resume(pid());
        Signal.STOP.send(pid());
    }

    /** Lets a paused child go on, by SIGCONT. */
    public void resume() {
        Signal.CONT.send(pid());
    }

    /** Sends a line to the child, for whatever its main class makes of it. */
    void tell(String line) {
        BufferedWriter input = process.outputWriter(StandardCharsets.UTF_8);
        try {
            input.write(line + "\n");
            input.flush();
        } catch (IOException e) {
            throw new IllegalStateException(mainClass + " (pid " + pid() + ") does not listen: it has ended", e);
        }
    }

    /** Kills the child if it still runs. */
    @Override
    public void close() {
        kill();
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted while waiting for a child JVM", e);
    }

    /** How to start a child: with this JVM's java and class path, and what is set here. */
    public static final class Launch {
        private final String mainClass;
        private final List<String> options = new ArrayList<>();
        private final List<String> arguments = new ArrayList<>();
        private final Map<String, String> environment = new HashMap<>();
        private String classPath = System.getProperty("java.class.path");
        private Path errors;

        private Launch(String mainClass) {
            this.mainClass = mainClass;
        }

        /** The largest heap, as in {@code -Xmx}: {@code 256m}. */
        public Launch heap(String size) {
            return option("-Xmx" + size);
        }

        /** A system property. */
        public Launch property(String name, String value) {
            return option("-D" + name + "=" + value);
        }

        /** Any other option of java. */
        public Launch option(String option) {
            options.add(option);
            return this;
        }

        /** An environment variable, besides those of this JVM. */
        public Launch environment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        /** A class path other than this JVM's; the testbed itself is added, for it watches the parent. */
        public Launch classPath(String classPath) {
            try {
                URI testbed = ChildMain.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI();
                this.classPath = classPath + File.pathSeparator + Path.of(testbed);
            } catch (URISyntaxException e) {
                throw new IllegalStateException(e);
            }
            return this;
        }

        /** Arguments of the main class, after those that are there. */
        public Launch arguments(String... arguments) {
            this.arguments.addAll(List.of(arguments));
            return this;
        }

        /** Appends the child's standard error to this file; without it, it goes to this JVM's. */
        public Launch errorsTo(Path file) {
            errors = file;
            return this;
        }

        /** Starts the child and returns at once; {@link ChildJvm#awaitLine} tells when it is ready. */
        public ChildJvm start() {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.add("-XX:+UseSerialGC"); // Several JVMs share few cores; the last of two such options wins.
            command.add("-XX:-UsePerfData"); // A file for jps, in a folder that nobody cleans after a kill -9.
            command.addAll(options);
            command.add(ChildMain.class.getName());
            command.add(mainClass);
            command.addAll(arguments);
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().put("CLASSPATH", classPath); // Keeps a hundred jars out of what ps shows.
            builder.environment().putAll(environment);
            builder.redirectError(errors == null ? Redirect.INHERIT : Redirect.appendTo(errors.toFile()));
            try {
                return new ChildJvm(mainClass, builder.start());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
