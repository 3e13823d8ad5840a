package dev.flinkcookbook.exactlyonce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.flinkcookbook.testbed.PostgresExtension;
import dev.flinkcookbook.testbed.PostgresServer;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.connector.jdbc.JdbcConnectionOptions.JdbcConnectionOptionsBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a row when a failed attempt of the job, and the one that took over, both write it. */
@ExtendWith(PostgresExtension.class)
class LedgerTableIT {

    private static final String TABLE = "of_two_writers";

    private final PostgresServer postgres;
    private final LedgerTable first;
    private final LedgerTable second;

    LedgerTableIT(PostgresServer postgres) {
        this.postgres = postgres;
        first = table();
        second = table();
    }

    private LedgerTable table() {
        return new LedgerTable(
                new JdbcConnectionOptionsBuilder()
                        .withUrl(postgres.jdbcUrl())
                        .withUsername(PostgresServer.SUPERUSER)
                        .build(),
                TABLE,
                Duration.ZERO);
    }

    @BeforeEach
    void openOneAfterTheOther() throws Exception {
        table().require(true);
        first.getOrEstablishConnection();
        second.getOrEstablishConnection();
    }

    @AfterEach
    void dropTheTable() throws Exception {
        first.close();
        second.close();
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE " + TABLE);
        }
    }

    private static void write(LedgerTable table, long sequence, String transferId) throws SQLException {
        try (PreparedStatement upsert = table.getConnection().prepareStatement(table.query())) {
            table.statement(upsert, new LedgerEntry(transferId, "a", BigDecimal.ONE, BigDecimal.TEN, sequence));
            upsert.execute();
        }
    }

    private List<String> rows() throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT sequence, transfer_id FROM %s ORDER BY 1".formatted(TABLE))) {
            List<String> rows = new ArrayList<>();
            while (row.next()) {
                rows.add(row.getString(1) + " " + row.getString(2));
            }
            return rows;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"delta TYPE numeric(18,2)", "balance TYPE double precision", "balance TYPE numeric(30,8)"})
    void isRefusedIfItWouldRound(String column) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER TABLE %s ALTER COLUMN %s".formatted(TABLE, column));
        }

        assertThatIllegalStateException()
                .isThrownBy(() -> table().require(false))
                .withMessage(
                        "Postgres at %s has a table %s whose column %s would round: expected numeric, with no scale or"
                                + " with at least 9",
                        postgres.jdbcUrl().replace("jdbc:postgresql://", ""), TABLE, column.split(" ")[0]);
    }

    @Test
    void mayHaveAScaleThatHoldsEveryAmount() throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER TABLE %s ALTER COLUMN delta TYPE numeric(30,9)".formatted(TABLE));
        }

        assertThatCode(() -> table().require(false)).doesNotThrowAnyException();
    }

    @Test
    void theYoungerOneReplacesWhatTheOlderOneHasLeft() throws Exception {
        write(first, 1, "left behind");
        write(first, 2, "left behind");

        write(second, 1, "replayed");
        write(second, 2, "replayed");
        write(second, 3, "new");

        assertThat(rows()).containsExactly("1 replayed", "2 replayed", "3 new");
    }

    @Test
    void aWriterMayRepeatItself() throws Exception {
        write(second, 1, "sent");
        write(second, 1, "sent");

        assertThat(rows()).containsExactly("1 sent");
    }

    /** A TaskManager that does not hear of its end goes on until it misses the JobManager, by default for 50 seconds. */
    @Test
    void theOlderOneChangesNothingThatTheYoungerOneHasWritten() throws Exception {
        write(second, 1, "replayed");

        write(first, 1, "left behind");
        write(first, 2, "left behind");

        assertThat(rows()).containsExactly("1 replayed", "2 left behind");
    }

    @Test
    void theOlderOneIsNoYoungerForConnectingAgain() throws Exception {
        write(second, 1, "replayed");

        first.reestablishConnection();
        write(first, 1, "left behind");

        assertThat(rows()).containsExactly("1 replayed");
    }
}
