package dev.flinkcookbook.changedatacapture;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.apache.flink.connector.jdbc.JdbcConnectionOptions;
import org.apache.flink.connector.jdbc.datasource.connections.SimpleJdbcConnectionProvider;
import org.apache.flink.connector.jdbc.datasource.statements.JdbcQueryStatement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table with the newest version of each row, and the connection over which one subtask writes to it. A version replaces an
 * older one only, so it may be written again, in any order and by several writers at once: a replay, or a TaskManager that was
 * taken for dead and still runs. (Should two of them lock each other out, Postgres ends one batch, and the sink repeats it.) A
 * deleted row stays, with null for a row, or an older version would bring it back.
 */
final class ReadModelTable extends SimpleJdbcConnectionProvider implements JdbcQueryStatement<ReadModelRow> {

    private static final Logger LOG = LoggerFactory.getLogger(ReadModelTable.class);

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(250); // doubled for each further attempt
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(4);

    private static final String NO_SUCH_TABLE = "42P01";

    /** Larger than any other, deleted, and with a letter that not every encoding has: a database in UTF-8 has. */
    private static final ReadModelRow SAMPLE =
            new ReadModelRow("order_lines", "{\"€\":0}", null, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

    private final String name;
    private final String address;
    private final Duration patience;

    /**
     * @param name with or without a schema; ends in the SQL as it is
     * @param patience how long to try again while the database does not answer
     */
    ReadModelTable(JdbcConnectionOptions connection, String name, Duration patience) {
        super(connection);
        this.name = name;
        this.patience = patience;
        this.address =
                connection.getDbURL().replaceFirst("^jdbc:postgresql:(//)?", "").replaceFirst("\\?.*", "");
    }

    /**
     * Not with VALUES: where the URL says {@code reWriteBatchedInserts}, the driver would make one statement of many, which
     * fails when a batch has two versions of a row.
     */
    @Override
    public String query() {
        return """
                INSERT INTO %s AS kept (source, key, row, position_commit, position_lsn, position_order)
                SELECT ?, ?::jsonb, ?::jsonb, ?, ?, ?
                ON CONFLICT (source, key) DO UPDATE
                SET row = excluded.row, position_commit = excluded.position_commit,
                    position_lsn = excluded.position_lsn, position_order = excluded.position_order
                WHERE (kept.position_commit, kept.position_lsn, kept.position_order)
                    < (excluded.position_commit, excluded.position_lsn, excluded.position_order)""".formatted(name);
    }

    @Override
    public void statement(PreparedStatement upsert, ReadModelRow row) throws SQLException {
        upsert.setString(1, row.source());
        upsert.setString(2, row.key());
        upsert.setString(3, row.row());
        upsert.setLong(4, row.commit());
        upsert.setLong(5, row.lsn());
        upsert.setLong(6, row.order());
    }

    private String ddl() {
        return """
                CREATE TABLE IF NOT EXISTS %s (
                    source text NOT NULL,
                    key jsonb NOT NULL,
                    row jsonb,
                    position_commit bigint NOT NULL,
                    position_lsn bigint NOT NULL,
                    position_order bigint NOT NULL,
                    PRIMARY KEY (source, key))""".formatted(name);
    }

    /**
     * Writes a row and takes it back. What fails here is one line; in the running job it is a loop of restarts.
     *
     * @throws IllegalStateException one line: the database does not answer or refuses us, or the table is not as it must be
     */
    void require(boolean create) {
        try (Connection connection = getOrEstablishConnection();
                Statement statement = connection.createStatement()) {
            if (create) {
                statement.execute(ddl());
            }
            connection.setAutoCommit(false);
            try (PreparedStatement upsert = connection.prepareStatement(query())) {
                statement(upsert, SAMPLE);
                upsert.executeUpdate();
            } finally {
                connection.rollback();
            }
        } catch (SQLException e) {
            throw new IllegalStateException("Postgres at " + address + " " + complaint(e), e);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private String complaint(SQLException e) {
        if (NO_SUCH_TABLE.equals(e.getSQLState())) {
            return "has no table " + name + " (--create-table creates it)";
        }
        String firstLine = e.getMessage().lines().findFirst().orElse("");
        return (isPassing(e) ? "does not answer: " : "refuses: ") + firstLine;
    }

    /** The sink repeats a statement that has failed, but gives up when it cannot connect at once. */
    @Override
    public Connection getOrEstablishConnection() throws SQLException, ClassNotFoundException {
        long giveUpAt = System.nanoTime() + patience.toNanos();
        Duration backoff = FIRST_BACKOFF;
        while (true) {
            try {
                return super.getOrEstablishConnection();
            } catch (SQLException e) {
                if (!isPassing(e) || System.nanoTime() + backoff.toNanos() > giveUpAt) {
                    throw e;
                }
                LOG.warn("Postgres at {} does not answer, trying again: {}", address, e.getMessage());
                sleep(backoff, e);
                backoff = backoff.compareTo(LONGEST_BACKOFF) < 0 ? backoff.multipliedBy(2) : LONGEST_BACKOFF;
            }
        }
    }

    /** As in the interface, but without its checked exception. */
    @Override
    public void close() {
        closeConnection();
    }

    private static void sleep(Duration backoff, SQLException after) throws SQLException {
        try {
            Thread.sleep(backoff.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw after; // The job is being cancelled.
        }
    }

    /** Nobody answers (08), the server is going or coming (57P), or has too many connections (53). */
    private static boolean isPassing(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("08") || state.startsWith("57P") || state.startsWith("53");
    }
}
