package dev.flinkcookbook.changedatacapture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.flinkcookbook.testbed.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;

/** The shop on a Postgres of ours: its tables, what is in them, and how far Debezium has read. */
final class ShopDatabase implements AutoCloseable {

    static final String SLOT = "shop";

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final JsonMapper JSON = new JsonMapper();

    /** With all digits that the column has. */
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'");

    private static final String SCHEMA = """
            CREATE TABLE customers (
              id bigint PRIMARY KEY, name text NOT NULL, email text, notes text,
              last_order bigint, last_total numeric(12,2), updated_at timestamptz);
            CREATE TABLE orders (
              id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers ON UPDATE CASCADE,
              status text, line_count int NOT NULL, total numeric(12,2) NOT NULL, placed_at timestamptz);
            CREATE INDEX ON orders (customer_id);
            CREATE TABLE order_lines (
              id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders ON UPDATE CASCADE ON DELETE CASCADE,
              sku text, quantity int NOT NULL, price numeric(12,2) NOT NULL);
            CREATE INDEX ON order_lines (order_id);
            CREATE TABLE heartbeat (id int PRIMARY KEY, at timestamptz);
            """;

    /**
     * A replication slot.
     *
     * @param active whether somebody reads it
     * @param kept bytes of the write-ahead log that the server keeps for it
     * @param unconfirmed bytes that the reader has not yet acknowledged
     * @param confirmed up to where it has acknowledged; empty until the slot is ready
     */
    record Slot(boolean active, long kept, long unconfirmed, Optional<String> confirmed) {}

    private final PostgresServer server;

    private ShopDatabase(PostgresServer server) {
        this.server = server;
    }

    /** A server of its own, with empty tables. */
    static ShopDatabase started() {
        PostgresServer server = PostgresServer.started(Map.of("wal_level", "logical"));
        ShopDatabase shop = new ShopDatabase(server);
        try {
            shop.execute(SCHEMA);
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
        return shop;
    }

    PostgresServer server() {
        return server;
    }

    /** Executes statements in a transaction of their own. */
    void execute(String statements) {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(statements);
        } catch (SQLException e) {
            throw new IllegalStateException(statements, e);
        }
    }

    /** All rows of all tables, at one moment: of each table the rows as Debezium writes them, by their keys. */
    Map<Table, Map<String, JsonNode>> rows() throws SQLException {
        Map<Table, Map<String, JsonNode>> rows = new EnumMap<>(Table.class);
        try (Connection connection = server.connect()) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            for (Table table : Table.values()) {
                rows.put(table, rows(connection, table));
            }
        }
        return rows;
    }

    private static Map<String, JsonNode> rows(Connection connection, Table table) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT * FROM " + table + " ORDER BY id")) {
            Map<String, JsonNode> rows = new LinkedHashMap<>();
            while (result.next()) {
                rows.put(key(result.getLong("id")), row(result));
            }
            return rows;
        }
    }

    /** As Debezium writes the key of a row. */
    static String key(long id) {
        return "{\"id\":" + id + "}";
    }

    private static JsonNode row(ResultSet result) throws SQLException {
        ObjectNode row = JSON.createObjectNode();
        ResultSetMetaData columns = result.getMetaData();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
            put(row, columns.getColumnName(i), columns.getColumnType(i), result, i);
        }
        try {
            return JSON.readTree(
                    row.toString()); // Numbers are then of the same class as in what was read from a topic.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void put(ObjectNode row, String name, int type, ResultSet result, int i) throws SQLException {
        if (result.getObject(i) == null) {
            row.putNull(name);
            return;
        }
        boolean isTime = result.getMetaData().getColumnTypeName(i).equals("timestamptz");
        if (isTime) {
            OffsetDateTime at = result.getObject(i, OffsetDateTime.class).withOffsetSameInstant(ZoneOffset.UTC);
            row.put(name, TIME.format(at));
            return;
        }
        switch (type) {
            case Types.BIGINT, Types.INTEGER, Types.SMALLINT -> row.put(name, result.getLong(i));
            case Types.NUMERIC -> row.put(name, result.getBigDecimal(i).toPlainString());
            case Types.VARCHAR -> row.put(name, result.getString(i));
            default -> throw new IllegalStateException(name + ": a type that the shop does not have, " + type);
        }
    }

    /** The slot of Debezium; empty until it is created. */
    Optional<Slot> slot() {
        String query = "SELECT active, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn),"
                + " pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), confirmed_flush_lsn"
                + " FROM pg_replication_slots WHERE slot_name = '" + SLOT + "'";
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet slot = statement.executeQuery(query)) {
            return slot.next()
                    ? Optional.of(new Slot(
                            slot.getBoolean(1),
                            slot.getLong(2),
                            slot.getLong(3),
                            Optional.ofNullable(slot.getString(4))))
                    : Optional.empty();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until Debezium has a slot from which on it is told of every commit, be its snapshot still on the way. */
    void awaitSlot() {
        await("Debezium has no slot", () -> slot().flatMap(Slot::confirmed).isPresent());
    }

    /** Waits until Debezium has written everything that is committed by now, and has noted that it has. */
    void awaitRead() {
        String now = text("SELECT pg_current_wal_lsn()");
        await(
                "Debezium has not read up to " + now,
                () -> "t"
                        .equals(text("SELECT confirmed_flush_lsn >= '" + now
                                + "' FROM pg_replication_slots WHERE slot_name = '" + SLOT + "'")));
    }

    /** Waits until somebody reads the slot. */
    void awaitReader() {
        await("nobody reads the slot", () -> slot().map(Slot::active).orElse(false));
    }

    /** Waits until Debezium has noted more than it had then; the end of its snapshot is noted before that. */
    void awaitConfirmedAfter(String confirmed) {
        await(
                "Debezium has noted nothing after " + confirmed,
                () -> slot().flatMap(Slot::confirmed)
                        .filter(now -> !now.equals(confirmed))
                        .isPresent());
    }

    private static void await(String otherwise, Callable<Boolean> condition) {
        Awaitility.await(otherwise)
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50))
                .atMost(PATIENCE)
                .until(condition);
    }

    /** The first column of the first row. */
    String text(String query) {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            return result.next() ? result.getString(1) : null;
        } catch (SQLException e) {
            throw new IllegalStateException(query, e);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
