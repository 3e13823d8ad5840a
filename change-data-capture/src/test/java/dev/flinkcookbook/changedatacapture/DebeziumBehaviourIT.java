package dev.flinkcookbook.changedatacapture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.TopicFollower;
import dev.flinkcookbook.testbed.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What the real Debezium says, op by op, as a table; the numbers that are others each time have names. If Debezium or Postgres says
 * something else one day, {@code target/README.md} has the table that is right.
 */
@ExtendWith(KafkaExtension.class)
class DebeziumBehaviourIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String DATA_IS_MISSING = "\"__debezium_unavailable_value\"";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final String BEGIN = "<!-- debezium-behaviour: begin -->\n";
    private static final String END = "<!-- debezium-behaviour: end -->";
    private static final String HEADER = """
            | What happens | op, key | before | after | lsn, order | commit before | also |
            |---|---|---|---|---|---|---|
            """;
    private static final List<String> FOLLOWED =
            List.of("public.items", "public.parts", "transaction", "public.heartbeat");

    /** Random hexadecimal digits do not compress, so Postgres stores them beside the row. */
    private static final String LARGE =
            "(SELECT string_agg(md5(i::text || random()), '') FROM generate_series(1, 400) AS s(i))";

    /**
     * A record of a topic.
     *
     * @param value null of a tombstone
     * @param also the headers that tell of another key, and whether a tombstone follows
     */
    private record Told(String topic, JsonNode key, ObjectNode value, Map<String, String> also) {

        boolean isOfATransaction() {
            return topic.equals("transaction");
        }

        boolean isRead() {
            return !isOfATransaction() && value.get("transaction").isNull();
        }

        String op() {
            return isOfATransaction()
                    ? value.get("status").asText()
                    : value.get("op").asText();
        }

        long lsn() {
            return value.at("/source/lsn").asLong();
        }

        int order() {
            return value.at("/transaction/total_order").asInt();
        }

        /** The first is the transaction's number, the second an LSN that differs between its records. */
        String[] transaction() {
            return value.at(isOfATransaction() ? "/id" : "/transaction/id")
                    .asText()
                    .split(":");
        }

        JsonNode sequence() {
            return json(value.at("/source/sequence").asText());
        }

        String withoutClock() {
            ObjectNode copy = value.deepCopy();
            copy.remove(List.of("ts_ms", "ts_us", "ts_ns"));
            return topic + key + copy + also;
        }
    }

    private interface Act {
        void on(Statement statement) throws SQLException;
    }

    private final String prefix = Topics.unique("shop");
    private final ShopDatabase shop = ShopDatabase.started();
    private final DebeziumConnector debezium;
    private final List<TopicFollower> followers = new ArrayList<>();
    private final String bootstrapServers;
    private final StringBuilder table = new StringBuilder(HEADER);
    private final Set<String> markers = new HashSet<>();
    private final Set<String> knownEnds = new HashSet<>();

    DebeziumBehaviourIT(KafkaBroker kafka) {
        bootstrapServers = kafka.bootstrapServers();
        debezium = new DebeziumConnector(shop.server(), bootstrapServers)
                .with("topic.prefix", prefix)
                .with("table.include.list", "public.items,public.parts,public.heartbeat")
                .with(DebeziumMain.NOTED_OFFSETS, DebeziumMain.OF_ALL)
                // The test writes the heartbeats itself, to know what is told between two of them.
                .with("heartbeat.interval.ms", "0");
    }

    @AfterEach
    void end() {
        followers.forEach(TopicFollower::close);
        debezium.close();
        shop.close();
    }

    @Test
    void isWhatTheTableSays() throws Exception {
        shop.execute("CREATE TABLE items (id bigint PRIMARY KEY, name text, quantity int NOT NULL, note text);"
                + "CREATE TABLE parts (id bigint PRIMARY KEY, item bigint);"
                + "INSERT INTO items VALUES (1, 'a', 1, " + LARGE + ")");
        debezium.start();
        FOLLOWED.forEach(topic -> followers.add(new TopicFollower(bootstrapServers, prefix + "." + topic)));
        shop.awaitSlot();
        row("A snapshot reads a row", toldUntilNow());
        rowWithItsTransaction(
                "Insert, into two tables",
                told("INSERT INTO items VALUES (2, 'b', 1, 'x')", "INSERT INTO parts VALUES (7, 2)"));
        String update = "UPDATE items SET quantity = 2 WHERE id = 2";
        row("Update; the same again, which changes nothing", both(told(update), told(update)));
        row("Update, large value unchanged", told("UPDATE items SET quantity = 2 WHERE id = 1"));
        row("Delete", told("DELETE FROM items WHERE id = 2"));
        row("Primary key changed, large value unchanged", told("UPDATE items SET id = 10 WHERE id = 1"));
        row("Rollback", rolledBack("INSERT INTO items VALUES (4, 'd', 1, 'x')"));
        rowWithItsTransaction("Two transactions, the later one commits first", interleaved());

        shop.execute("ALTER TABLE items REPLICA IDENTITY FULL");
        row("The same update, `REPLICA IDENTITY FULL`", told("UPDATE items SET quantity = 3 WHERE id = 10"));
        row("Primary key changed, likewise", told("UPDATE items SET id = 11 WHERE id = 10"));
        shop.execute("ALTER TABLE items REPLICA IDENTITY DEFAULT");

        List<Told> schemaChanges = new ArrayList<>();
        for (String change : List.of(
                "ADD COLUMN color text DEFAULT 'red'",
                "RENAME COLUMN color TO paint",
                "DROP COLUMN paint",
                "ALTER COLUMN item TYPE numeric(20,1)")) {
            schemaChanges.addAll(told("ALTER TABLE parts " + change, "UPDATE parts SET item = 3 WHERE id = 7"));
        }
        row("Column added with a default, renamed, dropped; bigint widened to numeric", schemaChanges);
        rowWithItsTransaction("Truncate, two tables", told("TRUNCATE items, parts"));
        row("`kill -9` before offsets are noted: again", toldAgainAfterAKill());
        row(
                "Offsets lost, slot kept; meanwhile row 2 was deleted, and row 1 changed by a transaction that the snapshot"
                        + " does not see",
                offsetsLost());

        Path readme = Path.of("README.md");
        String is = Files.readString(readme);
        int from = is.indexOf(BEGIN) + BEGIN.length();
        String should = is.substring(0, from) + table + is.substring(is.indexOf(END));
        Files.writeString(Path.of("target", "README.md"), should);
        assertThat(is)
                .as("the table; target/README.md has the one that is right")
                .isEqualTo(should);
    }

    /** Executes all in one transaction, and returns what Debezium tells of it. */
    private List<Told> told(String... statements) throws SQLException {
        transaction(statement -> {
            for (String sql : statements) {
                statement.execute(sql);
            }
        });
        return toldUntilNow();
    }

    private static List<Told> both(List<Told> first, List<Told> second) {
        return Stream.of(first, second).flatMap(List::stream).toList();
    }

    private void transaction(Act act) throws SQLException {
        try (Connection connection = shop.server().connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            act.on(statement);
            connection.commit();
        }
    }

    private List<Told> rolledBack(String sql) throws SQLException {
        try (Connection connection = shop.server().connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(sql);
            connection.rollback();
        }
        return toldUntilNow();
    }

    private List<Told> interleaved() throws SQLException {
        transaction(first -> {
            first.execute("INSERT INTO items VALUES (20, 'first', 1, 'x')");
            transaction(later -> later.execute("INSERT INTO items VALUES (21, 'later', 1, 'x')"));
            first.execute("INSERT INTO items VALUES (22, 'first', 1, 'x')");
        });
        return toldUntilNow();
    }

    /** With the same LSN, order and sequence: by them a change that comes again is known. */
    private List<Told> toldAgainAfterAKill() throws SQLException {
        debezium.stop();
        debezium.with(DebeziumMain.NOTED_OFFSETS, DebeziumMain.OF_NONE).start();
        List<Told> first =
                new ArrayList<>(told("INSERT INTO items VALUES (1, 'a', 1, 'x')", "INSERT INTO parts VALUES (1, 1)"));
        first.addAll(told("UPDATE items SET quantity = 2 WHERE id = 1"));
        debezium.kill();
        debezium.with(DebeziumMain.NOTED_OFFSETS, DebeziumMain.OF_ALL).start();
        List<Told> again = toldUntilNow();
        assertThat(again)
                .extracting(Told::withoutClock)
                .containsExactlyElementsOf(
                        first.stream().map(Told::withoutClock).toList());
        return again;
    }

    private List<Told> offsetsLost() throws SQLException {
        told("INSERT INTO items VALUES (2, 'b', 1, 'x')");
        debezium.stop();
        debezium.forgetOffsets();
        List<Told> told = new ArrayList<>();
        transaction(open -> {
            open.execute("UPDATE items SET quantity = 3 WHERE id = 1");
            shop.execute("DELETE FROM items WHERE id = 2");
            debezium.start();
            // What commits before the snapshot has begun is in the snapshot, and is not told.
            await(told, one -> one.op().equals("r"));
        });
        return toldUntilNow(told);
    }

    /** Everything that has come, up to a change of the test's own; in the order of commits. */
    private List<Told> toldUntilNow() throws SQLException {
        return toldUntilNow(new ArrayList<>());
    }

    private List<Told> toldUntilNow(List<Told> told) throws SQLException {
        String marker = marker();
        await(told, one -> isEndOf(marker, one));
        // Whatever came before that end is in the topics by now.
        for (TopicFollower topic : followers) {
            while (!topic.isAtEnd()) {
                topic.poll(POLL).forEach(record -> add(told, record));
            }
        }
        told.removeIf(one -> one.topic().equals("public.heartbeat")
                || one.isOfATransaction() && markers.contains(one.transaction()[0]) && noted(one));
        Map<String, Long> ends = told.stream()
                .filter(one -> one.op().equals("END"))
                .collect(Collectors.toMap(one -> one.transaction()[0], one -> Long.parseLong(one.transaction()[1])));
        told.sort(Comparator.comparingLong((Told one) -> one.isRead() ? 0 : ends.get(one.transaction()[0]))
                .thenComparingInt(one -> one.op().equals("BEGIN") ? 0 : one.op().equals("END") ? 1_000 : one.order()));
        return told;
    }

    private void await(List<Told> told, Predicate<Told> oneIs) {
        Awaitility.await("Debezium has not told of the last change")
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .atMost(PATIENCE)
                .until(() -> {
                    followers.forEach(topic -> topic.poll(POLL).forEach(record -> add(told, record)));
                    return told.stream().anyMatch(oneIs);
                });
    }

    private boolean noted(Told marker) {
        knownEnds.add(marker.transaction()[1]);
        return true;
    }

    private static boolean isEndOf(String transaction, Told told) {
        return told.isOfATransaction() && told.op().equals("END") && told.transaction()[0].equals(transaction);
    }

    /** @return the number of a transaction that changes the heartbeat only */
    private String marker() throws SQLException {
        String[] number = {null};
        transaction(statement -> {
            statement.execute("INSERT INTO heartbeat VALUES (1, now()) ON CONFLICT (id) DO UPDATE SET at = now()");
            try (ResultSet id = statement.executeQuery("SELECT pg_current_xact_id()")) {
                id.next();
                number[0] = id.getString(1);
            }
        });
        markers.add(number[0]);
        return number[0];
    }

    /** A tombstone is no row of its own: it must follow the deletion of its key. */
    private void add(List<Told> told, ConsumerRecord<byte[], byte[]> record) {
        Told one = read(record);
        if (one.value() != null) {
            told.add(one);
            return;
        }
        List<Told> ofTheKey = told.stream()
                .filter(other -> other.topic().equals(one.topic()) && one.key().equals(other.key()))
                .toList();
        Told before = ofTheKey.get(ofTheKey.size() - 1);
        assertThat(before.op()).as("what a tombstone follows").isEqualTo("d");
        before.also().put("then a tombstone", "");
    }

    private Told read(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new TreeMap<>();
        for (Header header : record.headers()) {
            if (header.key().endsWith("key")) {
                headers.put("header `" + header.key() + "`", text(header.value()));
            }
        }
        return new Told(
                record.topic().substring(prefix.length() + 1),
                record.key() == null ? null : json(text(record.key())),
                record.value() == null ? null : (ObjectNode) json(text(record.value())),
                headers);
    }

    private static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void row(String what, List<Told> told) {
        write(what, told.stream().filter(one -> !one.isOfATransaction()).toList(), told);
    }

    private void rowWithItsTransaction(String what, List<Told> told) {
        write(what, told, told);
    }

    /** One row of the table; each record has its line in each of the cells. */
    private void write(String what, List<Told> shown, List<Told> all) {
        Names names = new Names(all);
        List<List<String>> lines = shown.stream().map(one -> cells(one, names)).toList();
        table.append("| ").append(what);
        for (int cell = 0; cell < 6; cell++) {
            int column = cell;
            String text = shown.isEmpty() && cell == 0
                    ? "nothing"
                    : lines.stream().map(line -> line.get(column)).collect(Collectors.joining("<br>"));
            table.append(" | ").append(text.replaceAll("(<br>)+$", ""));
        }
        table.append(" |\n");
    }

    private static List<String> cells(Told one, Names names) {
        if (one.isOfATransaction()) {
            String end = one.op().equals("END") ? names.end(one.transaction()[1]) : "";
            return List.of(one.op(), "", counts(one), end, "", names.transaction(one));
        }
        String table = one.topic().substring(one.topic().indexOf('.') + 1);
        String of = one.key() == null ? table : one.key().get("id").asText();
        return List.of(
                one.op() + " " + of,
                row(one.value().path("before")),
                row(one.value().path("after")),
                names.position(one),
                names.commitBefore(one),
                Stream.concat(
                                Stream.of(names.transaction(one)),
                                one.also().entrySet().stream()
                                        .map(also -> (also.getKey() + " " + also.getValue()).strip()))
                        .filter(text -> !text.isEmpty())
                        .collect(Collectors.joining(", ")));
    }

    private static String counts(Told one) {
        return StreamSupport.stream(one.value().get("data_collections").spliterator(), false)
                .map(of -> of.get("data_collection").asText() + " " + of.get("event_count"))
                .collect(Collectors.joining(", "));
    }

    /** As JSON, but easier to read. */
    private static String row(JsonNode row) {
        return row.toString()
                .replaceAll("\"[0-9a-f]{1000,}\"", "(large)")
                .replace(DATA_IS_MISSING, "(placeholder)")
                .replaceAll("\"([a-z]+)\":", "$1: ")
                .replace(",", ", ")
                .replaceAll("^\\{|}$", "");
    }

    /** Of the numbers of one row of the table: L1 is its smallest LSN, E1 its first end of a commit, E one before, T1 its first transaction. */
    private final class Names {
        private final Map<String, String> transactions = new LinkedHashMap<>();
        private final List<String> ends = new ArrayList<>();
        private final List<Long> lsns;
        private final long snapshot;

        Names(List<Told> told) {
            for (Told one : told) {
                if (!one.isRead()) {
                    transactions.putIfAbsent(one.transaction()[0], "T" + (transactions.size() + 1));
                }
                if (one.isOfATransaction() && one.op().equals("END")) {
                    ends.add(one.transaction()[1]);
                }
            }
            knownEnds.addAll(ends);
            lsns = told.stream()
                    .filter(one -> !one.isOfATransaction() && !one.isRead())
                    .map(Told::lsn)
                    .sorted()
                    .distinct()
                    .toList();
            snapshot = told.stream()
                    .filter(Told::isRead)
                    .mapToLong(Told::lsn)
                    .findFirst()
                    .orElse(-1);
        }

        /** Only where there are several: T1 is the one that commits first. */
        String transaction(Told one) {
            return transactions.size() < 2 || one.isRead() ? "" : transactions.get(one.transaction()[0]);
        }

        String position(Told one) {
            if (one.isRead()) {
                assertThat(one.lsn()).as("the LSN of all rows of a snapshot").isEqualTo(snapshot);
                return "S";
            }
            return "L" + (lsns.indexOf(one.lsn()) + 1) + (one.lsn() < snapshot ? " < S" : "") + ", " + one.order();
        }

        String end(String lsn) {
            return ends.contains(lsn) ? "E" + (ends.indexOf(lsn) + 1) : knownEnds.contains(lsn) ? "E" : "another";
        }

        String commitBefore(Told one) {
            JsonNode sequence = one.sequence();
            assertThat(sequence.get(1).asLong())
                    .as("the second of the sequence")
                    .isEqualTo(one.lsn());
            return sequence.get(0).isNull() ? "null" : end(sequence.get(0).asText());
        }
    }
}
