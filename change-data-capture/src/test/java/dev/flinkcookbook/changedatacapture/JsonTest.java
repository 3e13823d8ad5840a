package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.Log.json;
import static dev.flinkcookbook.changedatacapture.Log.text;
import static dev.flinkcookbook.changedatacapture.Log.utf8;
import static dev.flinkcookbook.changedatacapture.Table.CUSTOMERS;
import static dev.flinkcookbook.changedatacapture.Table.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class JsonTest {

    /** A parser would change each of these. */
    private static final String COLUMNS =
            "'n':123456789012345678901234567890.10,'e':1.0E10,'s':'\\u00fc \\\" 😀', 'x' : [ 1 ]";

    private final Log log = new Log();

    private static void isWritten(KafkaRecord record, String key, String value, String... headers) {
        assertThat(text(record.key())).isEqualTo(json(key));
        assertThat(text(record.value())).isEqualTo(value == null ? null : json(value));
        assertThat(Stream.of(record.headers().toArray()).map(header -> header.key() + "=" + text(header.value())))
                .containsExactly(headers);
        assertThat(record.timestamp()).isEqualTo(KafkaRecord.NO_TIMESTAMP);
    }

    @Nested
    class AView {
        @Test
        void hasTheRowAsItWasTold() {
            isWritten(
                    Json.view(log.insert(CUSTOMERS, 1, COLUMNS).change(), "customers"),
                    "{'id':1}",
                    "{'id':1," + COLUMNS + "}",
                    "position=1000/1000/1");
        }

        @Test
        void isForTheTopicOfItsTable() {
            assertThat(Json.view(log.insert(CUSTOMERS, 1, COLUMNS).change(), "shop.view.customers")
                            .topic())
                    .isEqualTo("shop.view.customers");
        }

        @Test
        void hasATombstoneForADeletedRow() {
            isWritten(
                    Json.view(log.delete(CUSTOMERS, 1).change(), "customers"),
                    "{'id':1}",
                    null,
                    "position=1000/1000/1");
        }

        @Test
        void hasThePositionOfASnapshot() {
            Change read = log.snapshot().read(CUSTOMERS, 1, "'name':'Ada'").change();

            isWritten(Json.view(read, "customers"), "{'id':1}", "{'id':1,'name':'Ada'}", "position=1000/0/0");
        }
    }

    @Nested
    class AnAudit {
        @Test
        void hasWhatWasBeforeAndWhatIsAfter() {
            Change told = log.update(ORDERS, 10, COLUMNS).change();
            Change change =
                    told.of(Operation.UPDATE, utf8(json("{'id':10, 'n':1.00}")), told.after(), "1", told.position());

            isWritten(
                    Json.audit(change),
                    "{'id':10}",
                    "{'table':'orders','op':'update','key':{'id':10},'before':{'id':10, 'n':1.00},'after':{'id':10,"
                            + COLUMNS
                            + "},'transaction':'701','lsn':1000,'order':1,'committedAt':'2026-01-01T10:00:01Z'}");
        }

        @Test
        void hasNothingWhereNothingIs() {
            isWritten(
                    Json.audit(log.delete(ORDERS, 10).change()),
                    "{'id':10}",
                    "{'table':'orders','op':'delete','key':{'id':10},'before':null,'after':null,'transaction':'701',"
                            + "'lsn':1000,'order':1,'committedAt':'2026-01-01T10:00:01Z'}");
        }

        @Test
        void ofASnapshotHasNoTransaction() {
            isWritten(
                    Json.audit(log.snapshot()
                            .read(ORDERS, 10, "'customer_id':1")
                            .change()
                            .asRead()),
                    "{'id':10}",
                    "{'table':'orders','op':'read','key':{'id':10},'before':null,'after':{'id':10,'customer_id':1},"
                            + "'transaction':null,'lsn':1000,'order':0,'committedAt':'2026-01-01T10:00:00Z'}");
        }
    }

    @Nested
    class AnOrder {
        private final byte[] order = utf8(json("{'id':10," + COLUMNS + "}"));
        private final byte[] line = utf8(json("{'id':100, 'price':5.50}"));

        @Test
        void hasItsLinesAndItsCustomer() {
            byte[] value = Json.enrichedOrder(order, utf8(json("{'id':1}")), List.of(line, line), 1030, 701, true);

            isWritten(
                    Json.enrichedOrder(new EnrichedOrder("10", json("{'id':10}"), value, 1030)),
                    "{'id':10}",
                    "{'order':{'id':10," + COLUMNS
                            + "},'customer':{'id':1},'lines':[{'id':100, 'price':5.50},{'id':100, 'price':5.50}],"
                            + "'transaction':'701','lsn':1030,'whole':true}");
        }

        @Test
        void mayHaveNeither() {
            assertThat(text(Json.enrichedOrder(order, null, List.of(), 1000, 0, false)))
                    .isEqualTo(json("{'order':{'id':10," + COLUMNS
                            + "},'customer':null,'lines':[],'transaction':null,'lsn':1000,'whole':false}"));
        }

        @Test
        void thatIsDeletedIsATombstone() {
            isWritten(Json.enrichedOrder(new EnrichedOrder("10", json("{'id':10}"), null, 1030)), "{'id':10}", null);
        }
    }
}
