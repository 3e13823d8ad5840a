package dev.flinkcookbook.changedatacapture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.flinkcookbook.changedatacapture.ShopWorkload.Operation;
import dev.flinkcookbook.changedatacapture.ShopWorkload.RowChange;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the workload says that it has changed is what Debezium tells, whatever is killed meanwhile. */
@ExtendWith(KafkaExtension.class)
class ShopWorkloadIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int STEPS = 600;
    private static final Map<String, Operation> OPERATIONS =
            Map.of("c", Operation.INSERT, "u", Operation.UPDATE, "d", Operation.DELETE);

    private record Told(long transaction, RowChange change) {}

    private final KafkaBroker kafka;
    private final String prefix = Topics.unique("shop");
    private final List<Told> expected = new ArrayList<>();

    ShopWorkloadIT(KafkaBroker kafka) {
        this.kafka = kafka;
    }

    @Test
    void isToldByDebeziumWhoeverIsKilled() throws Exception {
        try (ShopDatabase shop = ShopDatabase.started();
                DebeziumConnector debezium = new DebeziumConnector(shop.server(), kafka.bootstrapServers());
                ShopWorkload workload = new ShopWorkload(shop.server(), 7)) {
            debezium.with("topic.prefix", prefix);
            workload.populate();
            debezium.start();
            shop.awaitSlot();
            workload.listen(transaction ->
                    transaction.changes().forEach(change -> expected.add(new Told(transaction.transaction(), change))));
            work(workload, STEPS);
            shop.awaitRead();

            work(workload, STEPS);
            debezium.kill();
            work(workload, STEPS);
            debezium.start();
            CompletableFuture<Void> crash = CompletableFuture.runAsync(() -> {
                shop.server().kill();
                shop.server().start();
            });
            work(workload, STEPS);
            crash.get();
            workload.finish();
            shop.awaitRead();
            debezium.stop();

            Map<Table, Map<String, JsonNode>> rows = shop.rows();
            List<Told> told = new ArrayList<>();
            for (Table table : Table.values()) {
                assertThat(fold(table, told)).as(table.toString()).containsExactlyInAnyOrderEntriesOf(rows.get(table));
            }
            assertThat(told).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(expected).hasSizeGreaterThan(STEPS);
        }
    }

    private static void work(ShopWorkload workload, int steps) throws Exception {
        for (int step = 0; step < steps; step++) {
            workload.step();
        }
    }

    /** A change, and where it belongs: after the transaction that was committed before its own, in the order of its own. */
    private record Read(
            ConsumerRecord<byte[], byte[]> record, JsonNode change, long committedBefore, long lsn, long order) {
        String key() {
            return new String(record.key(), StandardCharsets.UTF_8);
        }

        /** Of the row of which this one was made by another key. */
        String oldKey() {
            Header oldKey = record.headers().lastHeader("__debezium.oldkey");
            return oldKey == null ? key() : new String(oldKey.value(), StandardCharsets.UTF_8);
        }
    }

    private List<Read> read(Table table) throws IOException {
        List<Read> read = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record :
                TopicReader.readAll(kafka.bootstrapServers(), prefix + ".public." + table)) {
            if (record.value() != null) {
                JsonNode change = JSON.readTree(record.value());
                JsonNode sequence = JSON.readTree(change.at("/source/sequence").asText());
                read.add(new Read(
                        record,
                        change,
                        sequence.get(0).asLong(),
                        sequence.get(1).asLong(),
                        change.at("/transaction/total_order").asLong()));
            }
        }
        read.sort(Comparator.comparingLong(Read::committedBefore).thenComparingLong(Read::order));
        return read;
    }

    private Map<String, JsonNode> fold(Table table, List<Told> told) throws IOException {
        Map<String, JsonNode> rows = new HashMap<>();
        Map<String, JsonNode> gone = new HashMap<>();
        Set<String> seen = new HashSet<>();
        for (Read one : read(table)) {
            String key = one.key();
            if (!seen.add(one.lsn() + " " + one.order() + " " + key)) {
                continue; // Told again after a kill.
            }
            String op = one.change().get("op").asText();
            if (!op.equals("r")) {
                RowChange change = new RowChange(table, key, OPERATIONS.get(op));
                told.add(new Told(one.change().at("/source/txId").asLong(), change));
            }
            if (op.equals("d")) {
                gone.put(key, rows.remove(key));
            } else {
                JsonNode before = op.equals("c") ? gone.get(one.oldKey()) : rows.get(key);
                rows.put(key, complete((ObjectNode) one.change().get("after"), before));
            }
        }
        return rows;
    }

    private static JsonNode complete(ObjectNode row, JsonNode before) {
        row.properties().forEach(column -> {
            if (column.getValue().asText().equals("__debezium_unavailable_value")) {
                column.setValue(before.get(column.getKey()));
            }
        });
        return row;
    }
}
