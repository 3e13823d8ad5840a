package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.Log.text;
import static dev.flinkcookbook.changedatacapture.Table.CUSTOMERS;
import static dev.flinkcookbook.changedatacapture.Table.ORDERS;
import static dev.flinkcookbook.changedatacapture.Table.ORDER_LINES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the other tests take for Debezium's word; it was compared with the real one. */
class LogTest {

    private final Log log = new Log();

    private static List<String> positions(List<Change> changes) {
        return changes.stream()
                .map(change -> "%s %s%s at %s in %d"
                        .formatted(
                                change.operation(),
                                change.table(),
                                text(change.key()),
                                change.position(),
                                change.transaction()))
                .toList();
    }

    @Test
    void tellsATransactionWithItsCommit() {
        Log.Transaction open = log.begin().insert(ORDERS, 10, "'customer_id':1");
        Log.Told other = log.update(CUSTOMERS, 1, "'name':'Ada'");
        Log.Told told =
                open.elsewhere().insert(ORDER_LINES, 100, "'order_id':10").commit();

        assertThat(positions(other.changes())).containsExactly("update customers{\"id\":1} at 1000/1010/1 in 702");
        assertThat(positions(told.changes()))
                .containsExactly(
                        "insert orders{\"id\":10} at 1030/1000/1 in 701",
                        "insert order_lines{\"id\":100} at 1030/1040/3 in 701");
        assertThat(text(told.end().value()))
                .isEqualTo("{\"status\":\"END\",\"id\":\"701:1060\",\"event_count\":3,\"data_collections\":["
                        + "{\"data_collection\":\"public.orders\",\"event_count\":1},"
                        + "{\"data_collection\":\"public.heartbeat\",\"event_count\":1},"
                        + "{\"data_collection\":\"public.order_lines\",\"event_count\":1}],\"ts_ms\":1767261602000}");
        assertThat(told.transactionEnd()).isEqualTo(new TransactionEnd(701, 1060, 2));
    }

    @Test
    void forgetsWhatWasCommittedBeforeASnapshot() {
        Log.Transaction open = log.begin().update(CUSTOMERS, 1, "'name':'Bob'");
        List<Change> snapshot = log.snapshot()
                .read(CUSTOMERS, 1, "'name':'Ada'")
                .read(ORDERS, 10, "'customer_id':1")
                .changes();

        assertThat(positions(snapshot))
                .containsExactly(
                        "read_last customers{\"id\":1} at 1010/0/0 in 0",
                        "read_last orders{\"id\":10} at 1010/0/0 in 0");
        assertThat(positions(open.commit().changes()))
                .containsExactly("update customers{\"id\":1} at -1/1000/1 in 701");
        assertThat(positions(log.delete(ORDERS, 10).changes()))
                .containsExactly("delete orders{\"id\":10} at 1020/1020/1 in 703");
    }

    @Test
    void tellsAChangeOfAKeyAsTwoAtOnePlaceWithATombstoneBetween() {
        List<KafkaRecord> records =
                log.begin().changeKey(CUSTOMERS, 2, 22, "'name':'b'").commit().records();

        assertThat(positions(Log.changes(records)))
                .containsExactly(
                        "delete customers{\"id\":2} at 1000/1000/1 in 701",
                        "insert customers{\"id\":22} at 1000/1000/2 in 701");
        assertThat(records).extracting(KafkaRecord::value).element(1).isNull();
        assertThat(records)
                .extracting(record -> text(record.key()))
                .containsExactly("{\"id\":2}", "{\"id\":2}", "{\"id\":22}");
    }

    @Test
    void tellsTheSameWithSchemas() {
        assertThat(Stream.of(new Log(), Log.withSchemas())
                        .map(each -> each.insert(ORDERS, 10, "'customer_id':1").change())
                        .map(change -> positions(List.of(change)) + text(change.after()) + change.refers()))
                .containsOnly("[insert orders{\"id\":10} at 1000/1000/1 in 701]{\"id\":10,\"customer_id\":1}1");
    }
}
