package dev.flinkcookbook.testbed;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A Postgres server on the loopback address, which can be killed and started again on its data. The superuser
 * {@link #SUPERUSER} needs no password, every other role does.
 *
 * <p>It ends with this JVM, also when that is killed, and its folder with it. What stays for the next start are the unpacked
 * binaries, in {@code embedded-pg} below {@code java.io.tmpdir}. As root it needs {@code unshare}, for Postgres refuses to be
 * root. It writes without fsync: what is committed survives a kill, and would not survive a power cut.
 */
public final class PostgresServer implements AutoCloseable {
    /** Owns everything, and is let in without a password. */
    public static final String SUPERUSER = "postgres";

    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration STOP = Duration.ofSeconds(30);
    private static final int ERROR_LINES = 20;

    private static final List<String> ACCESS = List.of(
            "host all " + SUPERUSER + " samehost trust",
            "host all all samehost scram-sha-256",
            "host replication all samehost scram-sha-256");

    private final Path folder = TemporaryFolder.create("postgres");
    private final int port = LoopbackPort.free();
    private final Map<String, String> settings;
    private EmbeddedPostgres running;
    private boolean closed;

    private PostgresServer(Map<String, String> settings) {
        this.settings = settings;
        AfterThisJvm.quit(pidFile());
    }

    /** A running server with Postgres's own settings. */
    public static PostgresServer started() {
        return started(Map.of());
    }

    /**
     * A running server.
     *
     * @param settings as in {@code postgresql.conf}: {@code wal_level}, {@code max_prepared_transactions}; without spaces
     * @throws IllegalStateException if it does not come up
     */
    public static PostgresServer started(Map<String, String> settings) {
        PostgresServer server = new PostgresServer(settings);
        try {
            server.start();
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    /** The address of the database {@code postgres}. Stays the same for the life of this object. */
    public String jdbcUrl() {
        return "jdbc:postgresql://localhost:" + port + "/postgres";
    }

    /** A connection of the superuser, to be closed by the caller. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(jdbcUrl(), SUPERUSER, "");
    }

    /** Where its data lies until it is closed. */
    Path folder() {
        return folder;
    }

    /** The process id of the running server; another one after each start. */
    long pid() {
        try (Stream<String> lines = Files.lines(pidFile())) {
            return Long.parseLong(lines.findFirst().orElseThrow());
        } catch (IOException e) {
            throw new IllegalStateException("the server is not running", e);
        }
    }

    private Path data() {
        return folder.resolve("data");
    }

    private Path pidFile() {
        return data().resolve("postmaster.pid");
    }

    /**
     * Starts the server on its folder and port, after a {@link #kill()} with a recovery from its log, and returns when
     * clients can connect. Does nothing while it runs.
     *
     * @throws IllegalStateException if it does not come up, or after {@link #close()}
     */
    public synchronized void start() {
        if (closed) {
            throw new IllegalStateException("this server is closed and its data is deleted");
        }
        if (running != null) {
            return;
        }
        Redirect log = Redirect.appendTo(log().toFile());
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setDataDirectory(data())
                .setCleanDataDirectory(false) // It would be deleted with every stop.
                .setDataDirectoryCustomizer(PostgresServer::restrictAccess)
                .setLocaleConfig("locale", "C") // The same order of texts on every machine.
                .setPort(port)
                .setPGStartupWait(START)
                .setRegisterShutdownHook(false)
                .setOutputRedirector(log)
                .setErrorRedirector(log)
                // The library switches it off, and then a kill loses what was committed last.
                .setServerConfig("synchronous_commit", "on")
                // Sockets would lie in /tmp, also after a kill.
                .setServerConfig("unix_socket_directories", "");
        settings.forEach(builder::setServerConfig);
        try {
            running = builder.start();
        } catch (IOException | RuntimeException e) {
            if (Files.exists(pidFile())) {
                kill(); // It came up, but nobody could connect.
            }
            throw new IllegalStateException("Postgres on port " + port + " did not start: " + lastLines(log()), e);
        }
    }

    private static void restrictAccess(File data) {
        try {
            Files.write(data.toPath().resolve("pg_hba.conf"), ACCESS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path log() {
        return folder.resolve("postgres.log");
    }

    /** Stops the server: connections are closed, what is committed is kept. Does nothing when it is down. */
    public synchronized void stop() {
        if (running != null) {
            List<ProcessHandle> processes = processes();
            try {
                running.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            awaitEnd(processes); // The library waits for a file to go, which the server deletes just before it ends.
            running = null;
        }
    }

    /** Kills the server with all its processes by SIGKILL; returns when they are gone. */
    public synchronized void kill() {
        // One that it starts while the others are listed would live on, hold the shared memory, and the next start
        // would fail.
        ProcessHandle.of(pid()).filter(ProcessHandle::isAlive).ifPresent(server -> {
            AfterThisJvm.resume(server.pid());
            Signal.STOP.send(server.pid());
        });
        List<ProcessHandle> processes = processes();
        processes.forEach(ProcessHandle::destroyForcibly);
        awaitEnd(processes);
        try {
            // This JVM locks it, for the server that is gone, and would not get the lock a second time.
            Files.deleteIfExists(data().resolve("epg-lock"));
            // While the server is still listed as a process, another one would refuse to start.
            Files.deleteIfExists(pidFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        running = null;
    }

    private List<ProcessHandle> processes() {
        return ProcessHandle.of(pid()).stream()
                .flatMap(server -> Stream.concat(Stream.of(server), server.descendants()))
                .toList();
    }

    private static void awaitEnd(List<ProcessHandle> processes) {
        Awaitility.await("the end of Postgres")
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .atMost(STOP)
                // One that has ended is listed until its parent asks for it, which may be never; its command is gone.
                .until(() -> processes.stream()
                        .allMatch(process -> process.info().command().isEmpty()));
    }

    /** Ends the server and deletes its folder. May be called more than once. */
    @Override
    public synchronized void close() {
        if (!closed) {
            stop();
            closed = true;
            TemporaryFolder.delete(folder);
        }
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
