package dev.flinkcookbook.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PostgresServerIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static PostgresServer server;

    @BeforeAll
    static void start() {
        server = PostgresServer.started(Map.of("wal_level", "logical", "max_prepared_transactions", "16"));
    }

    @AfterAll
    static void close() {
        server.close();
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(String sql) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }

    @Test
    void takesTheSettings() throws Exception {
        assertThat(query("SHOW wal_level")).isEqualTo("logical");
        assertThat(query("SHOW max_prepared_transactions")).isEqualTo("16");
        assertThat(query("SHOW server_version")).startsWith("17.");
        assertThat(query("SHOW synchronous_commit")).as("as in production").isEqualTo("on");
    }

    @Test
    void keepsItsDataAndItsAddressOverAStopAndAStart() throws Exception {
        execute("CREATE TABLE kept AS SELECT 42 AS number");
        String address = server.jdbcUrl();

        server.stop();
        server.stop();
        assertThatThrownBy(server::connect).isInstanceOf(SQLException.class);
        server.start();
        server.start();

        assertThat(server.jdbcUrl()).isEqualTo(address);
        assertThat(query("SELECT number FROM kept")).isEqualTo("42");
    }

    @Test
    void losesNothingThatWasCommittedWhenItIsKilled() throws Exception {
        execute("CREATE TABLE survives (number int)");
        for (int number = 1; number <= 100; number++) {
            execute("INSERT INTO survives VALUES (" + number + ")");
        }
        long pid = server.pid();

        server.kill();

        assertThatThrownBy(server::connect).isInstanceOf(SQLException.class);
        server.start();
        assertThat(server.pid()).isNotEqualTo(pid);
        assertThat(query("SELECT count(*) FROM survives")).isEqualTo("100");
    }

    @Test
    void asksEveryoneButTheSuperuserForAPassword() throws Exception {
        execute("CREATE ROLE teller LOGIN PASSWORD 'right'");

        try (Connection connection = DriverManager.getConnection(server.jdbcUrl(), "teller", "right")) {
            assertThat(connection.isValid(1)).isTrue();
        }
        assertThatThrownBy(() -> DriverManager.getConnection(server.jdbcUrl(), "teller", "wrong"))
                .hasMessageContaining("password authentication failed for user \"teller\"");
    }

    @Test
    void isGoneWithItsFolderWhenItIsClosed() {
        PostgresServer closed = PostgresServer.started();
        ProcessHandle process = ProcessHandle.of(closed.pid()).orElseThrow();
        assertThat(process.info().command()).get().asString().endsWith("/postgres");

        closed.close();
        closed.close();

        assertThat(process.info().command()).isEmpty();
        assertThat(closed.folder()).doesNotExist();
        assertThatThrownBy(closed::start).hasMessage("this server is closed and its data is deleted");
    }

    @Test
    void isGoneWithItsFolderWhenItsOwnerIsKilled() {
        try (ChildJvm owner = ChildJvm.of(Owner.class).start()) {
            long pid = Long.parseLong(owner.awaitLine("pid=", PATIENCE).substring("pid=".length()));
            Path folder = Path.of(owner.awaitLine("folder=", PATIENCE).substring("folder=".length()));
            ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
            assertThat(folder).isDirectory();

            owner.kill();

            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> process.info().command().isEmpty() && Files.notExists(folder));
        }
    }

    static final class Owner {
        public static void main(String[] args) throws InterruptedException {
            PostgresServer server = PostgresServer.started();
            System.out.println("pid=" + server.pid());
            System.out.println("folder=" + server.folder());
            Thread.currentThread().join();
        }
    }
}
