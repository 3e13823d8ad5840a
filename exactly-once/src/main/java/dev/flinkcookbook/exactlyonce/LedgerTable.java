package dev.flinkcookbook.exactlyonce;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import org.apache.flink.connector.jdbc.JdbcConnectionOptions;
import org.apache.flink.connector.jdbc.datasource.connections.SimpleJdbcConnectionProvider;
import org.apache.flink.connector.jdbc.datasource.statements.JdbcQueryStatement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table of ledger entries, and the connection over which one subtask writes to it. An entry is found by its account and its
 * sequence number, so writing it again is harmless.
 *
 * <p>A replay may give a sequence number to another transfer than before, for it reads the partitions of its input in another
 * order. So a writer takes a number when it opens, from a sequence of the database, and writes it into each row; it replaces
 * what older writers have left, and changes nothing that a younger one has written. Without that, a TaskManager that was
 * taken for dead and still runs could write over the rows of its successor, and nobody would ever put them right.
 */
final class LedgerTable extends SimpleJdbcConnectionProvider implements JdbcQueryStatement<LedgerEntry> {

    private static final Logger LOG = LoggerFactory.getLogger(LedgerTable.class);

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(250); // doubled for each further attempt
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(4);

    private static final String NO_SUCH_TABLE = "42P01";

    private final String name;
    private final String address;
    private final Duration patience;

    /** Of this subtask, from its first connection on; kept when it must connect again. */
    private transient long writer;

    /**
     * @param name with or without a schema; ends in the SQL as it is
     * @param patience how long to try again while the database does not answer
     */
    LedgerTable(JdbcConnectionOptions connection, String name, Duration patience) {
        super(connection);
        this.name = name;
        this.patience = patience;
        this.address =
                connection.getDbURL().replaceFirst("^jdbc:postgresql:(//)?", "").replaceFirst("\\?.*", "");
    }

    @Override
    public String query() {
        return """
                INSERT INTO %s AS kept (account, sequence, transfer_id, delta, balance, writer)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (account, sequence) DO UPDATE
                SET transfer_id = excluded.transfer_id, delta = excluded.delta, balance = excluded.balance,
                    writer = excluded.writer
                WHERE kept.writer <= excluded.writer""".formatted(name);
    }

    @Override
    public void statement(PreparedStatement insert, LedgerEntry entry) throws SQLException {
        insert.setString(1, entry.account());
        insert.setLong(2, entry.sequence());
        insert.setString(3, entry.transferId());
        insert.setBigDecimal(4, entry.delta());
        insert.setBigDecimal(5, entry.balance());
        insert.setLong(6, writer);
    }

    private String ddl() {
        return """
                CREATE TABLE IF NOT EXISTS %1$s (
                    account text NOT NULL,
                    sequence bigint NOT NULL,
                    transfer_id text NOT NULL,
                    delta numeric NOT NULL,
                    balance numeric NOT NULL,
                    writer bigint NOT NULL,
                    PRIMARY KEY (account, sequence));
                CREATE SEQUENCE IF NOT EXISTS %1$s_writers OWNED BY %1$s.writer""".formatted(name);
    }

    /**
     * Tries everything that the sink will do, but for the writing. What is found here is one line; found by the running job
     * it is a loop of restarts.
     *
     * @throws IllegalStateException one line: the database does not answer or refuses us, or the table is not as it must be
     */
    void require(boolean create) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            if (create) {
                statement.execute(ddl());
            }
            // Planned and not executed: finds missing columns, the missing key and missing privileges too.
            try (PreparedStatement upsert = connection.prepareStatement("EXPLAIN " + query())) {
                statement(upsert, Account.NEW.next(new Posting("", "", BigDecimal.ZERO)));
                upsert.execute();
            }
            nextWriter(connection);
            requireExactNumbers(statement);
        } catch (SQLException e) {
            throw new IllegalStateException("Postgres at " + address + " " + complaint(e), e);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A column with fewer decimals than an amount may have would round, and say nothing. */
    private void requireExactNumbers(Statement statement) throws SQLException {
        try (ResultSet none = statement.executeQuery("SELECT delta, balance FROM %s LIMIT 0".formatted(name))) {
            ResultSetMetaData columns = none.getMetaData();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                boolean unlimited = columns.getPrecision(i) == 0;
                if (columns.getColumnType(i) != Types.NUMERIC
                        || !unlimited && columns.getScale(i) < TransferReader.MOST_DECIMALS) {
                    throw new IllegalStateException(
                            "Postgres at %s has a table %s whose column %s would round: expected"
                                            .formatted(address, name, columns.getColumnName(i))
                                    + " numeric, with no scale or with at least " + TransferReader.MOST_DECIMALS);
                }
            }
        }
    }

    private String complaint(SQLException e) {
        if (NO_SUCH_TABLE.equals(e.getSQLState())) {
            return "has no table " + name + ", or no sequence " + name + "_writers (--create-table creates them)";
        }
        String firstLine = e.getMessage().lines().findFirst().orElse("");
        return (isPassing(e) ? "does not answer: " : "refuses: ") + firstLine;
    }

    /** Called by the sink when it opens, and again when it has lost its connection. */
    @Override
    public Connection getOrEstablishConnection() throws SQLException, ClassNotFoundException {
        Connection connection = connect();
        if (writer == 0) {
            writer = nextWriter(connection);
        }
        return connection;
    }

    /** As in the interface, but without its checked exception. */
    @Override
    public void close() {
        closeConnection();
    }

    private long nextWriter(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet next = statement.executeQuery("SELECT nextval('%s_writers')".formatted(name))) {
            next.next();
            return next.getLong(1);
        }
    }

    /** The sink repeats a statement that has failed, but gives up when it cannot connect at once. */
    private Connection connect() throws SQLException, ClassNotFoundException {
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
