package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.testbed.ChildJvm;
import dev.flinkcookbook.testbed.PostgresServer;
import dev.flinkcookbook.testbed.TemporaryFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;

/**
 * Debezium in a JVM of its own, between a Postgres and a Kafka, which can be stopped, killed and paused like a worker of Kafka
 * Connect. Each change comes at least once: what was written and not yet noted in the offsets comes again after a kill. With
 * {@link DebeziumMain#OF_ALL} it may also not come at all.
 */
final class DebeziumConnector implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(60);
    private static final int ERROR_LINES = 20;

    private final Path folder = TemporaryFolder.create("debezium");
    private final String bootstrapServers;
    private final Properties settings = new Properties();
    private ChildJvm child;
    private boolean paused;
    private boolean closed;

    /** Not running yet, and without offsets: the first start takes a snapshot. */
    DebeziumConnector(PostgresServer database, String bootstrapServers) {
        this.bootstrapServers = bootstrapServers;
        try (InputStream file = DebeziumConnector.class.getResourceAsStream("/debezium.properties")) {
            settings.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        URI address = URI.create(database.jdbcUrl().substring("jdbc:".length()));
        with("database.hostname", address.getHost());
        with("database.port", Integer.toString(address.getPort()));
        with("database.dbname", address.getPath().substring(1));
        with("database.user", PostgresServer.SUPERUSER);
        with("database.password", "not asked for");
        with("slot.name", ShopDatabase.SLOT);
        with("offset.storage.file.filename", offsets().toString());
    }

    /** A setting besides those of {@code debezium.properties}, or another value of one of them; from the next start on. */
    DebeziumConnector with(String name, String value) {
        settings.setProperty(name, value);
        return this;
    }

    private Path offsets() {
        return folder.resolve("offsets");
    }

    private Path errors() {
        return folder.resolve("errors.log");
    }

    /** Starts it on the offsets that it has; returns when it reads the database. Does nothing while it runs. */
    synchronized void start() {
        if (closed) {
            throw new IllegalStateException("this connector is closed and its offsets are deleted");
        }
        if (isRunning()) {
            return;
        }
        Path file = folder.resolve("debezium.properties");
        try (Writer writer = Files.newBufferedWriter(file)) {
            settings.store(writer, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        paused = false;
        child = ChildJvm.of(DebeziumMain.class)
                .heap("256m")
                .option(ChildJvm.QUICK_COMPILER_ONLY)
                .arguments(file.toString(), bootstrapServers)
                .errorsTo(errors())
                .start();
        try {
            child.awaitLine(DebeziumMain.READY, START);
        } catch (IllegalStateException e) {
            child.kill();
            throw new IllegalStateException("Debezium did not start: " + lastErrors(), e);
        }
    }

    synchronized boolean isRunning() {
        return child != null && child.isAlive();
    }

    /** Stops it by SIGTERM: it notes how far it has come, so that only the last change comes again. Does nothing when it is down. */
    synchronized void stop() {
        if (isRunning()) {
            resume(); // A stopped process would get the signal only when it goes on.
            child.terminate();
            child.awaitExit(STOP);
        }
    }

    /** Kills it by SIGKILL; returns when it is gone. */
    synchronized void kill() {
        running().kill();
    }

    /** Stops it in its tracks by SIGSTOP: the database and Kafka see connections on which nobody answers. */
    synchronized void pause() {
        running().pause();
        paused = true;
    }

    /** Lets it go on. Does nothing unless it is paused. */
    synchronized void resume() {
        if (paused) {
            running().resume();
            paused = false;
        }
    }

    /** Throws the offsets away, as when the topic is deleted in which Kafka Connect keeps them. The slot stays. */
    synchronized void forgetOffsets() {
        if (isRunning()) {
            throw new IllegalStateException("it would write them again");
        }
        try {
            Files.deleteIfExists(offsets());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it has last said on standard error. */
    String lastErrors() {
        try {
            List<String> lines = Files.readAllLines(errors());
            return String.join("\n", lines.subList(Math.max(0, lines.size() - ERROR_LINES), lines.size()));
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }

    private ChildJvm running() {
        if (!isRunning()) {
            throw new IllegalStateException("Debezium is not running: " + lastErrors());
        }
        return child;
    }

    /** Ends it and deletes its offsets. May be called more than once. */
    @Override
    public synchronized void close() {
        if (!closed) {
            if (child != null) {
                child.kill();
            }
            closed = true;
            TemporaryFolder.delete(folder);
        }
    }
}
