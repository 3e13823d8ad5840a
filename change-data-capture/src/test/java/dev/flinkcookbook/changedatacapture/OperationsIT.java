package dev.flinkcookbook.changedatacapture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What whoever is on call meets: a slot that nobody reads, idle tables, a snapshot that was killed, offsets that are lost. */
@ExtendWith(KafkaExtension.class)
class OperationsIT {

    private static final String OUT = "view";
    private static final long MEGABYTE = 1L << 20;

    /** About ten megabytes of log, in a table that is not captured. */
    private static final String WRITE_ELSEWHERE =
            "INSERT INTO elsewhere SELECT i, repeat(md5(i::text), 30) FROM generate_series(1, 10000) i";

    @RegisterExtension
    static final FlinkExtension FLINK = new FlinkExtension();

    private ShopOnKafka shop;

    @BeforeEach
    void open(KafkaBroker kafka) {
        shop = new ShopOnKafka(kafka, FLINK);
        shop.database().execute("CREATE TABLE elsewhere (id int, filler text)");
    }

    @AfterEach
    void close() {
        shop.close();
    }

    private ShopDatabase.Slot slot() {
        return shop.database().slot().orElseThrow();
    }

    @Test
    void aSlotThatNobodyReadsKeepsTheLogUntilItIsReadAgain() {
        shop.debezium().start();
        shop.database().awaitRead();
        shop.debezium().stop();
        shop.database().execute(WRITE_ELSEWHERE);

        assertThat(slot().active()).isFalse();
        assertThat(slot().kept()).isGreaterThan(8 * MEGABYTE);

        shop.debezium().start();
        shop.await(() -> slot().unconfirmed() < MEGABYTE);
    }

    @Test
    void theHeartbeatMovesTheSlotOfAnIdleTable() {
        shop.debezium().start();
        shop.database().awaitRead();
        shop.database().execute(WRITE_ELSEWHERE);

        shop.await(() -> slot().unconfirmed() < MEGABYTE);
    }

    /** The control: without its own transaction Debezium hears of nothing that it could confirm. */
    @Test
    void withoutTheHeartbeatsTransactionAnIdleTableKeepsTheLog() {
        shop.debezium()
                .with("heartbeat.interval.ms", "0")
                .with("heartbeat.action.query", "")
                // Of rows alone the last one would be noted with the next only, and there is none.
                .with(DebeziumMain.NOTED_OFFSETS, DebeziumMain.OF_ALL);
        shop.debezium().start();
        shop.database().execute("INSERT INTO customers (id, name) VALUES (1, 'Ada')");
        shop.database().awaitRead();
        shop.database().execute(WRITE_ELSEWHERE);
        shop.database().execute(WRITE_ELSEWHERE);

        assertThat(slot().active()).isTrue();
        assertThat(slot().unconfirmed()).isGreaterThan(8 * MEGABYTE);
    }

    /** Rows that the first one has read, and that were deleted before the second: nobody ever tells of that. */
    @Test
    void aSnapshotThatWasKilledIsTakenAnewAndTheViewsAreRight() {
        shop.database().execute("INSERT INTO customers (id, name) SELECT i, 'c' || i FROM generate_series(1, 30000) i");
        shop.startJob(OUT);
        shop.debezium().start();
        shop.await(() -> shop.views(OUT).get(Table.CUSTOMERS).containsKey("{\"id\":7}"));
        shop.debezium().kill();
        shop.database().execute("UPDATE customers SET name = 'changed' WHERE id < 7");
        shop.database().execute("DELETE FROM customers WHERE id = 7");
        shop.debezium().start();

        shop.awaitViewsAsTables(OUT);
    }

    @Test
    void lostOffsetsLeaveNoRowBehindThatWasDeletedMeanwhile() {
        shop.startJob(OUT);
        shop.debezium().start();
        // Of the first transaction after a snapshot nobody can tell whether the snapshot has seen it: let it be this
        // one.
        shop.await(() -> shop.database().text("SELECT at FROM heartbeat") != null);
        shop.database().execute("INSERT INTO customers (id, name) VALUES (1, 'Ada'), (2, 'Bob'), (3, 'Eve')");
        shop.awaitViewsAsTables(OUT);
        shop.debezium().stop();
        shop.debezium().forgetOffsets();
        shop.database().execute("DELETE FROM customers WHERE id = 1");
        shop.database().execute("UPDATE customers SET name = 'Bill' WHERE id = 2");
        shop.debezium().start();

        shop.awaitViewsAsTables(OUT);
    }
}
