package dev.flinkcookbook.changedatacapture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.TopicFollower;
import dev.flinkcookbook.testbed.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a Debezium that was stopped in peace tells of a transaction that was open meanwhile: begun before another one's commit, and
 * going on right after it. Whether all of it is told depends on whose offsets are noted.
 */
@ExtendWith(KafkaExtension.class)
class DebeziumRestartIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(50);

    private final SortedSet<Long> toldIds = new TreeSet<>();

    /** By the transaction's number, how many changes its END counts. */
    private final Map<String, Integer> ends = new HashMap<>();

    private final ShopDatabase shop = ShopDatabase.started();
    private DebeziumConnector debezium;
    private TopicFollower items;
    private TopicFollower transactions;

    @BeforeEach
    void open(KafkaBroker kafka) {
        String prefix = Topics.unique("shop");
        shop.execute("CREATE TABLE items (id bigint PRIMARY KEY)");
        debezium = new DebeziumConnector(shop.server(), kafka.bootstrapServers())
                .with("topic.prefix", prefix)
                .with("table.include.list", "public.items")
                .with("heartbeat.interval.ms", "0");
        Topics.create(kafka.bootstrapServers(), prefix + ".public.items", 2);
        Topics.create(kafka.bootstrapServers(), prefix + ".transaction", 1);
        items = new TopicFollower(kafka.bootstrapServers(), prefix + ".public.items");
        transactions = new TopicFollower(kafka.bootstrapServers(), prefix + ".transaction");
    }

    @AfterEach
    void close() {
        items.close();
        transactions.close();
        debezium.close();
        shop.close();
    }

    @Test
    void tellsAllOfItIfOnlyOffsetsOfRowsAreNoted() throws Exception {
        String open = stopWithATransactionOpen();

        assertThat(toldIds).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(ends).containsEntry(open, 2);
    }

    /** The control: END is noted with the offset of its commit. The open transaction's own END counts none of what is left out. */
    @Test
    void leavesItOutIfTheOffsetOfAnEndIsNoted() throws Exception {
        debezium.with(DebeziumMain.NOTED_OFFSETS, DebeziumMain.OF_ALL);

        String open = stopWithATransactionOpen();

        assertThat(toldIds).containsExactly(1L, 3L, 5L);
        assertThat(ends).containsEntry(open, 0);
    }

    /** Inserts 1 to 5, of which 2 and 4 are of the transaction that is open, around 3. Returns its number. */
    private String stopWithATransactionOpen() throws Exception {
        debezium.start();
        shop.awaitSlot();
        shop.execute("INSERT INTO items VALUES (1)");
        await(() -> toldIds.contains(1L) && ends.size() == 1);
        String number;
        try (Connection first = shop.server().connect();
                Connection second = shop.server().connect();
                Statement open = first.createStatement();
                Statement other = second.createStatement()) {
            first.setAutoCommit(false);
            open.execute("INSERT INTO items VALUES (2)");
            number = shop.text("SELECT backend_xid FROM pg_stat_activity WHERE state = 'idle in transaction'");
            other.execute("INSERT INTO items VALUES (3)");
            open.execute("INSERT INTO items VALUES (4)");
            await(() -> toldIds.contains(3L) && ends.size() == 2);
            debezium.stop();
            first.commit();
        }
        debezium.start();
        shop.execute("INSERT INTO items VALUES (5)");
        await(() -> toldIds.contains(5L) && ends.size() == 4);
        return number;
    }

    private void await(BooleanSupplier told) {
        Awaitility.await("Debezium has not told it")
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .atMost(PATIENCE)
                .until(() -> {
                    items.poll(POLL)
                            .forEach(change -> toldIds.add(
                                    json(change.value()).at("/after/id").asLong()));
                    transactions.poll(POLL).forEach(bound -> end(json(bound.value())));
                    return told.getAsBoolean() && items.isAtEnd();
                });
    }

    private void end(JsonNode bound) {
        if (bound.get("status").asText().equals("END")) {
            ends.put(
                    bound.get("id").asText().split(":")[0],
                    bound.get("event_count").asInt());
        }
    }

    private static JsonNode json(byte[] utf8) {
        try {
            return JSON.readTree(utf8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
