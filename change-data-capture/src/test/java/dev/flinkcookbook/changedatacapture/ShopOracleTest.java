package dev.flinkcookbook.changedatacapture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.changedatacapture.ShopOracle.Result;
import dev.flinkcookbook.changedatacapture.ShopWorkload.Committed;
import dev.flinkcookbook.changedatacapture.ShopWorkload.Operation;
import dev.flinkcookbook.changedatacapture.ShopWorkload.RowChange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An oracle that cannot fail is none: each way to be wrong is seen, and by its name. */
class ShopOracleTest {

    private static final JsonMapper JSON = new JsonMapper();

    private static final String ANN = "{'id':1,'name':'Ann','last_order':10,'last_total':'7.00'}";
    private static final String ANN_BEFORE = "{'id':1,'name':'Ann','last_order':null,'last_total':null}";
    private static final String ORDER = "{'id':10,'customer_id':1,'status':'placed','line_count':2,'total':'7.00'}";
    private static final String LINE = "{'id':100,'order_id':10,'sku':'a','quantity':2,'price':'2.50'}";
    private static final String OTHER_LINE = "{'id':101,'order_id':10,'sku':'b','quantity':1,'price':'2.00'}";
    private static final String ENRICHED = "{'order':" + ORDER + ",'customer':" + ANN + ",'lines':[" + LINE + ","
            + OTHER_LINE + "],'transaction':'7','lsn':55,'whole':true}";

    private final ShopOracle oracle = new ShopOracle();

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static byte[] utf8(String text) {
        return text == null ? null : json(text).getBytes(StandardCharsets.UTF_8);
    }

    private static JsonNode tree(String text) {
        try {
            return JSON.readTree(json(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ConsumerRecord<byte[], byte[]> record(long key, String value) {
        return new ConsumerRecord<>("any", 0, 0, utf8("{'id':" + key + "}"), utf8(value));
    }

    private void audit(String table, String operation, long key, String before, String after, String at) {
        String[] place = at.split("/");
        String transaction = place[0].equals("null") ? "null" : "'" + place[0] + "'";
        oracle.audit(record(
                key,
                "{'table':'%s','op':'%s','key':{'id':%d},'before':%s,'after':%s,'transaction':%s,'lsn':%s,'order':%s}"
                        .formatted(table, operation, key, before, after, transaction, place[1], place[2])));
    }

    private static RowChange change(Table table, long key, Operation operation) {
        return new RowChange(table, ShopDatabase.key(key), operation);
    }

    /** Ann was there when Debezium came; then she orders two things, in transaction 7. */
    private void commits() {
        oracle.snapshot(Map.of(Table.CUSTOMERS, Map.of(ShopDatabase.key(1), tree(ANN_BEFORE))));
        oracle.committed(new Committed(
                7,
                List.of(
                        change(Table.ORDERS, 10, Operation.INSERT),
                        change(Table.ORDER_LINES, 100, Operation.INSERT),
                        change(Table.ORDER_LINES, 101, Operation.INSERT),
                        change(Table.CUSTOMERS, 1, Operation.UPDATE))));
        oracle.tables(Map.of(
                Table.CUSTOMERS,
                Map.of(ShopDatabase.key(1), tree(ANN)),
                Table.ORDERS,
                Map.of(ShopDatabase.key(10), tree(ORDER)),
                Table.ORDER_LINES,
                Map.of(ShopDatabase.key(100), tree(LINE), ShopDatabase.key(101), tree(OTHER_LINE))));
    }

    private void audits() {
        audit("customers", "read", 1, "null", ANN_BEFORE, "null/40/0");
        audit("orders", "insert", 10, "null", ORDER, "7/50/1");
        audit("order_lines", "insert", 100, "null", LINE, "7/51/2");
        audit("order_lines", "insert", 101, "null", OTHER_LINE, "7/52/3");
    }

    private void lastAudit() {
        audit("customers", "update", 1, ANN_BEFORE, ANN, "7/53/4");
    }

    private void views() {
        oracle.view(Table.CUSTOMERS, record(1, ANN_BEFORE));
        oracle.view(Table.CUSTOMERS, record(1, ANN));
        oracle.view(Table.ORDERS, record(10, ORDER));
        oracle.view(Table.ORDER_LINES, record(100, LINE));
        oracle.view(Table.ORDER_LINES, record(101, OTHER_LINE));
    }

    private void all() {
        commits();
        audits();
        lastAudit();
        views();
        oracle.enriched(record(10, ENRICHED));
    }

    private void sees(Function<Result, Long> what) {
        assertThat(what.apply(oracle.result())).isOne();
        assertThat(oracle.result().isRight()).isFalse();
    }

    @Nested
    class AJobThatIsRight {
        @Test
        void passes() {
            all();

            assertThat(oracle.result()).isEqualTo(new Result(5, 5, 0, 0, 0, 0, 0, 1, 0, 0, 0));
            assertThat(oracle.result().isRight()).isTrue();
            assertThat(oracle.misses()).isFalse();
        }

        @Test
        void passesIfItIsSeenBeforeTheCommitIs() {
            audits();
            lastAudit();
            views();
            oracle.enriched(record(10, ENRICHED));
            assertThat(oracle.misses()).as("the end is not known yet").isTrue();
            commits();

            assertThat(oracle.result()).isEqualTo(new Result(5, 5, 0, 0, 0, 0, 0, 1, 0, 0, 0));
        }

        @Test
        void doesNotPassWithoutAnyOutput() {
            oracle.tables(Map.of(Table.CUSTOMERS, Map.of(), Table.ORDERS, Map.of(), Table.ORDER_LINES, Map.of()));

            assertThat(oracle.result().isRight()).isFalse();
        }
    }

    @Nested
    class AnAudit {
        @Test
        void thatLacksAChangeHasLostIt() {
            commits();
            audits();
            views();
            oracle.enriched(record(10, ENRICHED));

            sees(Result::lost);
            assertThat(oracle.misses()).isTrue();
        }

        @Test
        void thatHasAChangeAgain() {
            all();
            lastAudit();

            sees(Result::duplicated);
        }

        @Test
        void thatHasOneWhichNobodyHasCommitted() {
            all();
            audit("customers", "update", 1, ANN, ANN, "8/60/1");

            sees(Result::duplicated);
        }

        @Test
        void thatHasTheRightOneAsAnotherOperation() {
            commits();
            audits();
            audit("customers", "insert", 1, ANN_BEFORE, ANN, "7/53/4");

            sees(Result::lost);
            sees(Result::duplicated);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                null
                {'id':1,'name':'Bob'}
                """)
        void thatTellsAnotherPast(String before) {
            commits();
            audits();
            audit("customers", "update", 1, before, ANN, "7/53/4");

            sees(Result::brokenHistories);
        }

        @Test
        void thatTellsWhatADeletedRowIs() {
            all();
            oracle.committed(new Committed(8, List.of(change(Table.CUSTOMERS, 1, Operation.DELETE))));
            audit("customers", "delete", 1, ANN, ANN, "8/60/1");

            sees(Result::brokenHistories);
        }
    }

    @Nested
    class Debezium {
        private void tells(String table, String op, long key, String transaction, String at) {
            String[] place = at.split("/");
            oracle.told(record(
                    key,
                    "{'op':'%s','source':{'table':'%s','txId':%s,'lsn':%s},'transaction':{'total_order':%s}}"
                            .formatted(op, table, transaction, place[0], place[1])));
        }

        private void tellsAll() {
            tells("customers", "r", 1, "3", "40/0");
            tells("orders", "c", 10, "7", "50/1");
            tells("order_lines", "c", 100, "7", "51/2");
            tells("order_lines", "c", 101, "7", "52/3");
            tells("customers", "u", 1, "7", "53/4");
        }

        @Test
        void thatTellsAllAndSomeOfItAgain() {
            commits();
            tellsAll();
            tellsAll();
            oracle.told(record(1, null));

            assertThat(oracle.neverTold()).isZero();
        }

        @Test
        void thatHasToldNothingYet() {
            commits();

            assertThat(oracle.neverTold()).isEqualTo(5);
        }

        @Test
        void thatLeavesOutOneOfTwoChangesOfARow() {
            commits();
            tellsAll();
            oracle.committed(new Committed(
                    8,
                    List.of(
                            change(Table.CUSTOMERS, 1, Operation.UPDATE),
                            change(Table.CUSTOMERS, 1, Operation.UPDATE))));
            tells("customers", "u", 1, "8", "60/1");
            tells("customers", "u", 1, "8", "60/1");

            assertThat(oracle.neverTold()).isOne();
            tells("customers", "u", 1, "8", "61/2");
            assertThat(oracle.neverTold()).isZero();
        }
    }

    @Nested
    class AView {
        @Test
        void thatHasARowTooMany() {
            all();
            oracle.view(Table.CUSTOMERS, record(2, "{'id':2}"));

            sees(Result::viewMismatches);
        }

        @Test
        void thatLacksARow() {
            all();
            oracle.view(Table.ORDER_LINES, record(101, null));

            sees(Result::viewMismatches);
            assertThat(oracle.misses()).isTrue();
        }

        @Test
        void thatHasAnOldRow() {
            all();
            oracle.view(Table.CUSTOMERS, record(1, ANN_BEFORE));

            sees(Result::viewMismatches);
        }
    }

    @Nested
    class AnEnrichedOrder {

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                'total':'7.00'       | 'total':'6.00'
                'last_total':'7.00'  | 'last_total':'0.00'
                'line_count':2       | 'line_count':1
                'quantity':2         | 'quantity':3
                'order_id':10        | 'order_id':11
                'id':101             | 'id':100
                'customer_id':1      | 'customer_id':2
                'id':10,'customer    | 'id':11,'customer
                """)
        void thatShowsHalfATransaction(String part, String half) {
            all();
            oracle.enriched(record(10, ENRICHED.replace(part, half)));
            oracle.enriched(record(10, ENRICHED));

            sees(Result::torn);
        }

        @Test
        void withoutItsCustomer() {
            all();
            oracle.enriched(record(10, ENRICHED.replace(ANN, "null")));
            oracle.enriched(record(10, ENRICHED));

            sees(Result::torn);
        }

        @Test
        void thatSaysItIsNotWhole() {
            all();
            oracle.enriched(record(10, ENRICHED.replace("'whole':true", "'whole':false")));

            sees(Result::notWhole);
        }

        @Test
        void thatIsMissing() {
            all();
            oracle.enriched(record(10, null));

            sees(Result::enrichedMismatches);
            assertThat(oracle.misses()).isTrue();
        }

        @Test
        void thatShouldBeGone() {
            all();
            oracle.enriched(record(11, ENRICHED.replace("10", "11")));

            sees(Result::enrichedMismatches);
            assertThat(oracle.result().torn()).isZero();
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                'status':'placed' | 'status':'sent'
                'name':'Ann'      | 'name':'Bob'
                'sku':'a'         | 'sku':'c'
                """)
        void thatIsOld(String is, String was) {
            all();
            oracle.enriched(record(10, ENRICHED.replace(is, was)));

            sees(Result::enrichedMismatches);
        }
    }

    @Test
    void seesADeadLetter() {
        all();
        oracle.deadLetter();

        sees(Result::deadLetters);
    }
}
