package dev.flinkcookbook.changedatacapture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.flinkcookbook.changedatacapture.ShopWorkload.Committed;
import dev.flinkcookbook.changedatacapture.ShopWorkload.RowChange;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Says from what was committed, from what the tables hold in the end, and from the output topics alone, whether the job was right.
 * That no order was seen in the middle of a transaction holds at every moment; the rest, once nothing is in flight any more. Shares
 * nothing with the job. For several threads.
 */
final class ShopOracle {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Map<String, String> OPERATIONS =
            Map.of("r", "read", "c", "insert", "u", "update", "d", "delete");

    /** Of a change; of a row that a snapshot has read the transaction is "null" and the operation "read". */
    private record Fact(String transaction, String table, String key, String operation) {}

    private record Place(long lsn, long order, String table, String key) {}

    private record Row(String table, String key) {}

    /**
     * What is wrong, and how much there was.
     *
     * @param expected changes that were committed, and rows that a snapshot has read
     * @param delivered records of the audit
     * @param lost expected ones that the audit does not have
     * @param duplicated audit records that came before, or that nothing explains
     * @param brokenHistories audit records whose "before" is not the "after" before it
     * @param viewMismatches rows that a view has and its table has not, or the reverse, or that differ
     * @param enrichedMismatches the same of the enriched orders and the join of the tables
     * @param enriched records of enriched orders
     * @param torn those of them that show part of a transaction
     * @param notWhole those of them that say so themselves
     */
    record Result(
            long expected,
            long delivered,
            long lost,
            long duplicated,
            long brokenHistories,
            long viewMismatches,
            long enrichedMismatches,
            long enriched,
            long torn,
            long notWhole,
            long deadLetters) {

        boolean isRight() {
            return expected > 0
                    && enriched > 0
                    && lost == 0
                    && duplicated == 0
                    && brokenHistories == 0
                    && viewMismatches == 0
                    && enrichedMismatches == 0
                    && torn == 0
                    && notWhole == 0
                    && deadLetters == 0;
        }
    }

    private final Map<Fact, int[]> facts = new HashMap<>();
    private final Map<Fact, Set<Place>> told = new HashMap<>();
    private final Set<Place> seen = new HashSet<>();
    private final Map<Row, JsonNode> history = new HashMap<>();
    private final Map<Table, Map<String, JsonNode>> views = new EnumMap<>(Table.class);
    private final Map<String, JsonNode> orders = new HashMap<>();
    private Map<Table, Map<String, JsonNode>> tables;
    private long expected;
    private long delivered;
    private long lost;
    private long duplicated;
    private long brokenHistories;
    private long enriched;
    private long torn;
    private long notWhole;
    private long deadLetters;

    ShopOracle() {
        for (Table table : Table.values()) {
            views.put(table, new HashMap<>());
        }
    }

    /** Tells of the rows that were there before Debezium came. */
    synchronized void snapshot(Map<Table, Map<String, JsonNode>> rows) {
        rows.forEach((table, ofTable) ->
                ofTable.keySet().forEach(key -> expect(new Fact("null", table.toString(), key, "read"))));
    }

    /** Tells of what has been committed since. */
    synchronized void committed(Committed transaction) {
        for (RowChange change : transaction.changes()) {
            expect(new Fact(
                    Long.toString(transaction.transaction()),
                    change.table().toString(),
                    change.key(),
                    change.operation().name().toLowerCase(Locale.ROOT)));
        }
    }

    private void expect(Fact fact) {
        int[] count = facts.computeIfAbsent(fact, unused -> new int[2]);
        expected++;
        if (count[0]++ >= count[1]) {
            lost++;
        } else {
            duplicated--;
        }
    }

    /** Tells of what Debezium has told of a table, as often as it likes. */
    synchronized void told(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null || record.value() == null) {
            return; // A truncation, which the shop does not know, and a tombstone, which follows what it stands for.
        }
        JsonNode change = json(record.value());
        JsonNode source = change.get("source");
        String table = source.get("table").asText();
        String key = text(record.key());
        boolean read = change.get("op").asText().equals("r");
        Fact fact = new Fact(
                read ? "null" : source.get("txId").asText(),
                table,
                key,
                OPERATIONS.get(change.get("op").asText()));
        long order = read ? 0 : change.at("/transaction/total_order").asLong();
        told.computeIfAbsent(fact, unused -> new HashSet<>())
                .add(new Place(source.get("lsn").asLong(), order, table, key));
    }

    /** How many of the changes that were committed, and of the rows before them, Debezium has never told: no job could know them. */
    synchronized long neverTold() {
        long never = 0;
        for (Map.Entry<Fact, int[]> fact : facts.entrySet()) {
            int times = told.getOrDefault(fact.getKey(), Set.of()).size();
            never += Math.max(0, fact.getValue()[0] - times);
        }
        return never;
    }

    /** Tells of what the tables hold in the end. */
    synchronized void tables(Map<Table, Map<String, JsonNode>> rows) {
        tables = rows;
    }

    /** Whether it has been told of everything, and everything is there. */
    synchronized boolean misses() {
        Result result = result();
        return tables == null || result.lost() > 0 || result.viewMismatches() > 0 || result.enrichedMismatches() > 0;
    }

    synchronized void audit(ConsumerRecord<byte[], byte[]> record) {
        JsonNode audit = json(record.value());
        String table = audit.get("table").asText();
        String key = text(record.key());
        String operation = audit.get("op").asText();
        delivered++;
        Place place = new Place(audit.get("lsn").asLong(), audit.get("order").asLong(), table, key);
        if (!audit.get("key").equals(json(record.key())) || !seen.add(place)) {
            duplicated++;
            return;
        }
        Fact fact = new Fact(audit.get("transaction").asText(), table, key, operation);
        int[] count = facts.computeIfAbsent(fact, unused -> new int[2]);
        if (count[1]++ >= count[0]) {
            duplicated++;
        } else {
            lost--;
        }
        JsonNode before = history.getOrDefault(new Row(table, key), NullNode.getInstance());
        boolean removes = operation.equals("delete");
        if (!audit.get("before").equals(before) || audit.get("after").isNull() != removes) {
            brokenHistories++;
        }
        history.put(new Row(table, key), audit.get("after"));
    }

    synchronized void view(Table table, ConsumerRecord<byte[], byte[]> record) {
        put(views.get(table), record);
    }

    synchronized void enriched(ConsumerRecord<byte[], byte[]> record) {
        put(orders, record);
        enriched++;
        if (record.value() != null) {
            JsonNode order = json(record.value());
            torn += isTorn(text(record.key()), order) ? 1 : 0;
            notWhole += order.get("whole").asBoolean() ? 0 : 1;
        }
    }

    synchronized void deadLetter() {
        deadLetters++;
    }

    private static void put(Map<String, JsonNode> rows, ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            rows.remove(text(record.key()));
        } else {
            rows.put(text(record.key()), json(record.value()));
        }
    }

    /** What every committed transaction keeps, and what does not hold in the middle of one. */
    private static boolean isTorn(String key, JsonNode enriched) {
        JsonNode order = enriched.get("order");
        JsonNode customer = enriched.get("customer");
        BigDecimal total = new BigDecimal(order.get("total").asText());
        BigDecimal sum = BigDecimal.ZERO;
        Set<JsonNode> lines = new HashSet<>();
        for (JsonNode line : enriched.get("lines")) {
            sum = sum.add(new BigDecimal(line.get("price").asText())
                    .multiply(BigDecimal.valueOf(line.get("quantity").asLong())));
            if (!line.get("order_id").equals(order.get("id")) || !lines.add(line.get("id"))) {
                return true;
            }
        }
        return !key.equals(ShopDatabase.key(order.get("id").asLong()))
                || sum.compareTo(total) != 0
                || order.get("line_count").asInt() != lines.size()
                || !customer.path("id").equals(order.get("customer_id"))
                || customer.get("last_order").equals(order.get("id"))
                        && total.compareTo(new BigDecimal(
                                        customer.get("last_total").asText()))
                                != 0;
    }

    synchronized Result result() {
        return new Result(
                expected,
                delivered,
                lost,
                duplicated,
                brokenHistories,
                tables == null ? 0 : viewMismatches(),
                tables == null ? 0 : enrichedMismatches(),
                enriched,
                torn,
                notWhole,
                deadLetters);
    }

    /** How many rows the view of a table has by now. */
    synchronized int rows(Table table) {
        return views.get(table).size();
    }

    private long viewMismatches() {
        long mismatches = 0;
        for (Table table : Table.values()) {
            mismatches += mismatches(views.get(table), tables.get(table));
        }
        return mismatches;
    }

    private long enrichedMismatches() {
        Map<String, JsonNode> joined = new HashMap<>();
        tables.get(Table.ORDERS).forEach((key, order) -> {
            ObjectNode enrichedOrder = JSON.createObjectNode();
            enrichedOrder.set("order", order);
            String customer = ShopDatabase.key(order.get("customer_id").asLong());
            enrichedOrder.set("customer", tables.get(Table.CUSTOMERS).get(customer));
            enrichedOrder.putObject("lines");
            joined.put(key, enrichedOrder);
        });
        tables.get(Table.ORDER_LINES).forEach((key, line) -> {
            JsonNode order = joined.get(ShopDatabase.key(line.get("order_id").asLong()));
            ((ObjectNode) order.get("lines")).set(key, line);
        });
        Map<String, JsonNode> shown = new HashMap<>();
        orders.forEach((key, order) -> {
            ObjectNode comparable = JSON.createObjectNode();
            comparable.set("order", order.get("order"));
            comparable.set("customer", order.get("customer"));
            ObjectNode lines = comparable.putObject("lines"); // Their order is not of interest here.
            order.get("lines")
                    .forEach(line -> lines.set(ShopDatabase.key(line.get("id").asLong()), line));
            shown.put(key, comparable);
        });
        return mismatches(shown, joined);
    }

    private static long mismatches(Map<String, JsonNode> are, Map<String, JsonNode> shouldBe) {
        Set<String> keys = new HashSet<>(are.keySet());
        keys.addAll(shouldBe.keySet());
        return keys.stream()
                .filter(key -> !Objects.equals(are.get(key), shouldBe.get(key)))
                .count();
    }

    private static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static JsonNode json(byte[] utf8) {
        try {
            return JSON.readTree(utf8);
        } catch (IOException e) {
            throw new IllegalStateException("an output that is no JSON: " + text(utf8), e);
        }
    }
}
