package dev.flinkcookbook.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A Kafka broker in a JVM of its own, which can be killed and paused while this JVM goes on. It ends with this JVM, also
 * when that is killed; its folder is deleted a moment later.
 */
public final class ChildProcessKafka implements KafkaBroker {
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(30);
    private static final int ERROR_LINES = 20;

    private final BrokerFolder folder;
    private final AtExit atExit;
    private ChildJvm child;
    private boolean paused;
    private boolean closed;

    private ChildProcessKafka(BrokerFolder folder) {
        this.folder = folder;
        this.atExit = AtExit.run(this::close);
    }

    /** A running broker on a free port. */
    public static ChildProcessKafka started() {
        return startedOn(0, Map.of());
    }

    /**
     * A running broker on the given port.
     *
     * @throws IllegalStateException {@code port 9092 is in use}
     */
    public static ChildProcessKafka startedOn(int port) {
        return startedOn(port, Map.of());
    }

    /**
     * A running broker on the given port, or on a free one if it is 0.
     *
     * @param brokerProperties as in a broker's {@code server.properties}; they win over the testbed's own
     * @throws IllegalStateException {@code port 9092 is in use}
     */
    public static ChildProcessKafka startedOn(int port, Map<String, String> brokerProperties) {
        ChildProcessKafka kafka = new ChildProcessKafka(BrokerFolder.create(port, brokerProperties));
        try {
            kafka.start();
        } catch (RuntimeException e) {
            kafka.close();
            throw e;
        }
        return kafka;
    }

    @Override
    public String bootstrapServers() {
        return folder.bootstrapServers();
    }

    /** Where its data lies until it is closed. */
    Path folder() {
        return folder.path();
    }

    /** The process id of the running broker; another one after each start. */
    public synchronized long pid() {
        return running().pid();
    }

    @Override
    public synchronized void start() {
        if (closed) {
            throw new IllegalStateException("this broker is closed and its data is deleted");
        }
        if (child != null && child.isAlive()) {
            return;
        }
        LoopbackPort.requireFree(folder.port());
        Path errors = folder.path().resolve("errors.log");
        paused = false;
        child = ChildJvm.of(BrokerMain.class)
                .heap("256m")
                .option(ChildJvm.QUICK_COMPILER_ONLY)
                .arguments(folder.path().toString())
                .errorsTo(errors)
                .start();
        try {
            child.awaitLine(BrokerMain.READY, START);
        } catch (IllegalStateException e) {
            child.kill();
            throw new IllegalStateException(
                    "the Kafka broker on port " + folder.port() + " did not start: " + lastLines(errors), e);
        }
    }

    @Override
    public synchronized void stop() {
        if (child != null && child.isAlive()) {
            resume(); // A stopped process would get the signal only when it goes on.
            child.terminate();
            child.awaitExit(STOP);
        }
    }

    /** Kills the broker by SIGKILL; returns when it is gone. {@link #start()} brings it back with its data. */
    public synchronized void kill() {
        running().kill();
    }

    /** Stops the broker in its tracks by SIGSTOP: connections stay open, nobody answers. */
    public synchronized void pause() {
        running().pause();
        paused = true;
    }

    /** Lets a paused broker go on. Does nothing while it runs. */
    public synchronized void resume() {
        if (paused) {
            running().resume();
            paused = false;
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            if (child != null) {
                child.kill(); // Its data goes too, so there is nothing that a clean stop would save.
            }
            closed = true;
            folder.delete();
            atExit.cancel();
        }
    }

    private ChildJvm running() {
        if (child == null || !child.isAlive()) {
            throw new IllegalStateException("the broker is not running");
        }
        return child;
    }

    private static String lastLines(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - ERROR_LINES), lines.size()));
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }
}
