package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.ViewRecords.customer;
import static dev.flinkcookbook.changedatacapture.ViewRecords.order;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.flinkcookbook.changedatacapture.ViewRecords.ViewRecord;
import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.testbed.PostgresExtension;
import dev.flinkcookbook.testbed.PostgresServer;
import dev.flinkcookbook.testbed.Topics;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.connector.jdbc.JdbcConnectionOptions.JdbcConnectionOptionsBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a row whose versions come in any order, and which tables and databases are refused. */
@ExtendWith(PostgresExtension.class)
class ReadModelTableIT {

    private final PostgresServer postgres;
    private final String name = Topics.unique("read_model").replace('-', '_');
    private final ReadModelTable table;

    ReadModelTableIT(PostgresServer postgres) {
        this.postgres = postgres;
        this.table = table("");
    }

    /** @param query as at the end of a URL */
    private ReadModelTable table(String query) {
        return table(postgres.jdbcUrl() + query, name);
    }

    private static ReadModelTable table(String url, String name) {
        return new ReadModelTable(
                new JdbcConnectionOptionsBuilder()
                        .withUrl(url)
                        .withUsername(PostgresServer.SUPERUSER)
                        .build(),
                name,
                Duration.ZERO);
    }

    @BeforeEach
    void create() {
        table("").require(true);
    }

    @AfterEach
    void drop() throws SQLException {
        table.close();
        execute("DROP TABLE " + name);
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void write(ViewRecord... records) throws Exception {
        write(table, table.query(), records);
    }

    /** As the sink does: in one batch. */
    private static void write(ReadModelTable table, String query, ViewRecord... records) throws Exception {
        try (PreparedStatement upsert = table.getOrEstablishConnection().prepareStatement(query)) {
            for (ViewRecord record : records) {
                table.statement(upsert, record.asRow());
                upsert.addBatch();
            }
            upsert.executeBatch();
        }
    }

    private List<String> rows() throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT concat_ws(' ', source, key, coalesce(row->>'name', 'deleted'),
                            position_commit || '/' || position_lsn || '/' || position_order)
                        FROM %s ORDER BY 1""".formatted(name))) {
            List<String> rows = new ArrayList<>();
            while (row.next()) {
                rows.add(row.getString(1));
            }
            return rows;
        }
    }

    @Nested
    class ANewerVersion {
        @ParameterizedTest
        @CsvSource({"5/5/5, 6/0/0", "5/5/5, 5/6/0", "5/5/5, 5/5/6", "9/0/0, 10/0/0", "0/9/9, 1/0/0"})
        void replacesAnOlderOneAndTheOtherWayRoundItDoesNot(String older, String newer) throws Exception {
            write(customer(1).named("old").at(older), customer(1).named("new").at(newer));
            write(customer(2).named("new").at(newer), customer(2).named("old").at(older));

            assertThat(rows())
                    .containsExactly("customers {\"id\": 1} new " + newer, "customers {\"id\": 2} new " + newer);
        }

        @Test
        void isOfTheSameKeyHoweverThatIsSpelled() throws Exception {
            write(
                    customer(1).withKey("{\"a\":1,\"b\":2}").named("old").at("1/1/1"),
                    customer(1).withKey("{\"b\": 2.0, \"a\": 1}").named("new").at("1/1/2"));

            assertThat(rows()).containsExactly("customers {\"a\": 1, \"b\": 2} new 1/1/2");
        }

        @Test
        void isOfTheSameTable() throws Exception {
            write(customer(1).named("Ada").at("1/1/1"), order(1).named("first").at("1/1/2"));

            assertThat(rows()).containsExactly("customers {\"id\": 1} Ada 1/1/1", "orders {\"id\": 1} first 1/1/2");
        }
    }

    @Test
    void theSameVersionChangesNothing() throws Exception {
        write(customer(1).named("Ada").at("1/1/1"));
        write(customer(1).named("Eve").at("1/1/1"));

        assertThat(rows()).containsExactly("customers {\"id\": 1} Ada 1/1/1");
    }

    @Nested
    class ADeletedRow {
        private final ViewRecord stale = customer(1).named("Ada").at("1/2/1");

        @BeforeEach
        void delete() throws Exception {
            write(stale, customer(1).deleted().at("1/3/1"));
        }

        @Test
        void isNotBroughtBackByAnOlderVersion() throws Exception {
            write(stale);

            assertThat(rows()).containsExactly("customers {\"id\": 1} deleted 1/3/1");
        }

        @Test
        void isBroughtBackByANewerOne() throws Exception {
            write(customer(1).named("Ada again").at("3/4/1"));

            assertThat(rows()).containsExactly("customers {\"id\": 1} Ada again 3/4/1");
        }

        /** The control: the same statement without its last condition. */
        @Test
        void isBroughtBackByAnyVersionWithoutTheGuard() throws Exception {
            write(table, table.query().replaceFirst("(?s)WHERE.*", ""), stale);

            assertThat(rows()).containsExactly("customers {\"id\": 1} Ada 1/2/1");
        }
    }

    @Nested
    class TheSameRowTwiceInABatch {
        private final ViewRecord[] versions = {
            customer(1).named("first").at("1/1/1"), customer(1).named("second").at("1/1/2")
        };

        /** Whatever the URL asks for. */
        @ParameterizedTest
        @ValueSource(strings = {"", "?reWriteBatchedInserts=true"})
        void isWrittenTwice(String query) throws Exception {
            ReadModelTable asTold = table(query);
            write(asTold, asTold.query(), versions);
            asTold.close();

            assertThat(rows()).containsExactly("customers {\"id\": 1} second 1/1/2");
        }

        /** The control: what the driver makes of VALUES. */
        @Test
        void isRefusedInOneStatement() {
            ReadModelTable rewritten = table("?reWriteBatchedInserts=true");
            String values = rewritten
                    .query()
                    .replace("SELECT ?, ?::jsonb, ?::jsonb, ?, ?, ?", "VALUES (?, ?::jsonb, ?::jsonb, ?, ?, ?)");

            assertThatExceptionOfType(BatchUpdateException.class)
                    .isThrownBy(() -> write(rewritten, values, versions))
                    .withMessageContaining("ON CONFLICT DO UPDATE command cannot affect row a second time");
            rewritten.close();
        }
    }

    /** Whatever {@link ViewReader} lets through, Postgres takes. */
    @Nested
    class WhatIsJustStorable {
        private void isTaken(String key, String row) throws Exception {
            ViewRecord record = customer(1).withKey(key).is(row).at("1/1/1");
            KafkaRecord read = new KafkaRecord(
                    "shop.view.customers", 0, 0, 0, ViewRecords.utf8(key), ViewRecords.utf8(row), record.headers());
            assertThat(new ViewReader().read("customers", read)).isEqualTo(record.asRow());
            write(record);
            assertThat(rows()).hasSize(1);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"n\":1e131071}",
                    "{\"n\":-9.9e131071}",
                    "{\"n\":1e-16383}",
                    "{\"n\":0.00}",
                    "{\"n\":-0}",
                    "{\"t\":\"\\ud83d\\ude00\\u0001\\uffff\"}",
                    "{\"\":\"\"}"
                })
        void isTaken(String json) throws Exception {
            isTaken(json, json);
        }

        @Test
        void isTakenThoughItIsDeep() throws Exception {
            isTaken("{\"id\":1}", "{\"a\":" + "[".repeat(999) + "]".repeat(999) + "}");
        }

        /** What cannot be compressed: a third of a page is all that an index has for a key. */
        @Test
        void isTakenThoughTheKeyIsLong() throws Exception {
            isTaken("{\"id\":\"" + incompressible(1_991) + "\"}", null);
        }

        /** Each is longer in jsonb than in JSON. */
        @Test
        void isTakenThoughTheKeyHasManyColumns() throws Exception {
            String names = incompressible(31 * 58);
            isTaken(
                    IntStream.range(0, 31)
                            .mapToObj(i -> "\"%s\":%d".formatted(names.substring(i * 58, i * 58 + 58), i % 10))
                            .collect(Collectors.joining(",", "{", "}")),
                    null);
        }

        private String incompressible(int letters) {
            return new Random(7)
                    .ints('A', '~')
                    .filter(letter -> letter != '\\')
                    .limit(letters)
                    .mapToObj(Character::toString)
                    .collect(Collectors.joining());
        }
    }

    /** Before the job starts, in one line. */
    @Nested
    class IsRefused {
        private void isRefused(String complaint) {
            isRefused(complaint, postgres.jdbcUrl());
        }

        private void isRefused(String complaint, String url) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> table(url, name).require(false))
                    .withMessage(
                            "Postgres at %s refuses: ERROR: %s",
                            url.substring("jdbc:postgresql://".length()), complaint);
        }

        @Test
        void withoutAColumn() throws SQLException {
            execute("ALTER TABLE %s DROP COLUMN position_order".formatted(name));
            isRefused("column \"position_order\" of relation \"%s\" does not exist".formatted(name));
        }

        @Test
        void withoutTheKey() throws SQLException {
            execute("ALTER TABLE %1$s DROP CONSTRAINT %1$s_pkey".formatted(name));
            isRefused("there is no unique or exclusion constraint matching the ON CONFLICT specification");
        }

        @Test
        void withAColumnThatIsTooSmall() throws SQLException {
            execute("ALTER TABLE %s ALTER COLUMN position_lsn TYPE integer".formatted(name));
            isRefused("integer out of range");
        }

        @Test
        void withAColumnThatNobodyFills() throws SQLException {
            execute("ALTER TABLE %s ADD COLUMN updated_by text NOT NULL".formatted(name));
            isRefused("null value in column \"updated_by\" of relation \"%s\" violates not-null constraint"
                    .formatted(name));
        }

        @Test
        void whereDeletedRowsMustHaveARow() throws SQLException {
            execute("ALTER TABLE %s ALTER COLUMN row SET NOT NULL".formatted(name));
            isRefused("null value in column \"row\" of relation \"%s\" violates not-null constraint".formatted(name));
        }

        @Test
        void inADatabaseThatHasNotAllLetters() throws SQLException {
            String database = "latin_" + name;
            execute("CREATE DATABASE %s ENCODING 'LATIN1' TEMPLATE template0".formatted(database));
            String url = postgres.jdbcUrl().replaceFirst("[^/]*$", database);
            try {
                assertThatIllegalStateException()
                        .isThrownBy(() -> table(url, name).require(true))
                        .withMessage(
                                "Postgres at %s refuses: ERROR: character with byte sequence 0xe2 0x82 0xac in encoding"
                                        + " \"UTF8\" has no equivalent in encoding \"LATIN1\"",
                                url.substring("jdbc:postgresql://".length()));
            } finally {
                execute("DROP DATABASE " + database);
            }
        }

        @Test
        void andNothingIsLeftInATableThatIsNot() throws SQLException {
            assertThatCode(() -> table("").require(false)).doesNotThrowAnyException();
            assertThat(rows()).isEmpty();
        }
    }
}
