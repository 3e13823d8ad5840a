package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.Log.key;
import static dev.flinkcookbook.changedatacapture.Log.row;
import static dev.flinkcookbook.changedatacapture.Log.text;
import static dev.flinkcookbook.changedatacapture.Log.utf8;
import static dev.flinkcookbook.changedatacapture.Table.CUSTOMERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.changedatacapture.OperatorUnderTest.Setting;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class EnrichOrdersTest {

    private final List<OperatorUnderTest<?, ?, ?>> started = new ArrayList<>();
    private OperatorUnderTest<OrderVersion, Part, EnrichedOrder> operator =
            closedLater(setting().start());

    private static Setting<OrderVersion, Part, EnrichedOrder> setting() {
        return Setting.of(new EnrichOrders(), OrderVersion::customer, Part::owner);
    }

    private OperatorUnderTest<OrderVersion, Part, EnrichedOrder> closedLater(
            OperatorUnderTest<OrderVersion, Part, EnrichedOrder> started) {
        this.started.add(started);
        return started;
    }

    @AfterEach
    void close() {
        started.forEach(OperatorUnderTest::close);
    }

    private static OrderVersion order(long id, String customer, long lsn) {
        byte[] row = utf8(row(id, ""));
        byte[] line = utf8(row(10 * id, ""));
        return new OrderVersion(customer, Long.toString(id), key(id), row, List.of(line), false, lsn, lsn / 10, true);
    }

    private static OrderVersion away(OrderVersion order, boolean deleted, long lsn) {
        return new OrderVersion(
                order.customer(), order.id(), order.key(), null, List.of(), deleted, lsn, lsn / 10, true);
    }

    private static Part customer(long id, String name, long lsn) {
        return customer(id, name, lsn, true);
    }

    /** @param name null if the customer is deleted */
    private static Part customer(long id, String name, long lsn, boolean whole) {
        byte[] row = name == null ? null : utf8(row(id, "'name':'" + name + "'"));
        return new Part(Long.toString(id), CUSTOMERS, key(id), row, null, lsn, lsn / 10, whole);
    }

    private void come(OrderVersion... orders) {
        operator.arrives(List.of(orders));
    }

    private List<String> orders(long watermark) {
        operator.watermark(watermark);
        return operator.output().stream()
                .filter(EnrichedOrder.class::isInstance)
                .map(output -> line((EnrichedOrder) output))
                .toList();
    }

    /** The LSN, the key, and the value without what is the same in all of them. */
    private static String line(EnrichedOrder order) {
        assertThat(order.key()).isEqualTo(key(Long.parseLong(order.order())));
        String value = order.value() == null ? "deleted" : text(order.value()).replace('"', '\'');
        return order.lsn() + " " + order.order() + " " + value;
    }

    private static String enriched(long order, String customer, int transaction, long lsn) {
        return "%d %d {'order':{'id':%d},'customer':%s,'lines':[{'id':%d}],'transaction':'%d','lsn':%d,'whole':true}"
                .formatted(lsn, order, order, customer, 10 * order, transaction, lsn);
    }

    private static final String ADA = "{'id':1,'name':'Ada'}";
    private static final String EVE = "{'id':1,'name':'Eve'}";

    private void nothingIsLeft() {
        operator.snapshot(); // RocksDB deletes timers in batches, and the last one with a snapshot.
        assertThat(operator.entries()).isZero();
        assertThat(operator.timers()).isZero();
    }

    @Nested
    class AnOrder {
        @Test
        void isPublishedOnceIfItsCustomerChangesWithIt() {
            operator.comes(customer(1, "Ada", 1030));
            come(order(10, "1", 1030));
            assertThat(orders(1029)).isEmpty();

            assertThat(orders(1030)).containsExactly(enriched(10, ADA, 103, 1030));

            come(order(10, "1", 1050));
            operator.comes(customer(1, "Eve", 1050));
            assertThat(orders(1050)).containsExactly(enriched(10, EVE, 105, 1050));
        }

        @Test
        void mayHaveNoCustomer() {
            come(order(10, "1", 1030), order(11, "null", 1030));
            assertThat(orders(1030))
                    .containsExactlyInAnyOrder(enriched(10, "null", 103, 1030), enriched(11, "null", 103, 1030));

            operator.comes(customer(1, "Ada", 1050));
            assertThat(orders(1050)).containsExactly(enriched(10, ADA, 105, 1050));

            operator.comes(customer(1, null, 1070));
            assertThat(orders(1070)).containsExactly(enriched(10, "null", 107, 1070));
        }

        @Test
        void thatChangesHasTheCustomerAsItIs() {
            operator.comes(customer(1, "Ada", 1030));
            come(order(10, "1", 1050), order(10, "1", 1070));
            operator.comes(customer(1, "Eve", 1060));

            assertThat(orders(2000))
                    .containsExactly(
                            enriched(10, ADA, 105, 1050), enriched(10, EVE, 106, 1060), enriched(10, EVE, 107, 1070));
        }

        @Test
        void thatMovesIsPublishedByItsNewCustomer() {
            operator.comes(customer(1, "Ada", 1030));
            OrderVersion before = order(10, "1", 1030);
            come(before);
            operator.watermark(1030);
            operator.output();

            come(away(before, false, 1050), order(10, "2", 1050));
            assertThat(orders(1050)).containsExactly(enriched(10, "null", 105, 1050));

            operator.comes(customer(1, "Eve", 1070));
            assertThat(orders(1070)).as("of the customer that it has left").isEmpty();
        }

        @Test
        void thatIsDeletedIsATombstone() {
            operator.comes(customer(1, "Ada", 1030));
            come(order(10, "1", 1030), away(order(10, "1", 1030), true, 1050));
            operator.watermark(1030);
            operator.output();

            operator.comes(customer(1, "Eve", 1050));
            assertThat(orders(1050)).containsExactly("1050 10 deleted");

            operator.comes(customer(1, null, 1070));
            assertThat(orders(1070)).isEmpty();
            nothingIsLeft();
        }
    }

    @Nested
    class ACustomer {
        @Test
        void thatChangesPublishesAllOfItsOrdersAndNoOther() {
            operator.comes(customer(1, "Ada", 1030));
            come(order(10, "1", 1030), order(11, "1", 1030), order(12, "2", 1030));
            operator.watermark(1030);
            operator.output();

            operator.comes(customer(1, "Eve", 1050));

            assertThat(orders(1050))
                    .containsExactlyInAnyOrder(enriched(10, EVE, 105, 1050), enriched(11, EVE, 105, 1050));
        }

        @Test
        void thatChangesTwiceInATransactionPublishesThemOnce() {
            come(order(10, "1", 1030));
            operator.comes(customer(1, "Bob", 1030));
            operator.comes(customer(1, "Ada", 1030));

            assertThat(orders(1030)).containsExactly(enriched(10, ADA, 103, 1030));
        }

        @Test
        void thatIsNotWholeMakesItsOrdersNotWhole() {
            come(order(10, "1", 1030));
            operator.comes(customer(1, "Ada", 1030, false));
            assertThat(orders(1030))
                    .containsExactly(enriched(10, ADA, 103, 1030).replace("'whole':true", "'whole':false"));

            come(order(10, "1", 1050));
            assertThat(orders(1050)).containsExactly(enriched(10, ADA, 105, 1050));
        }
    }

    @Nested
    class WhatComesLate {
        @Test
        void isShownWithTheNextWatermark() {
            operator.watermark(1050);
            come(order(10, "1", 1030));
            operator.comes(customer(1, "Ada", 1050));

            assertThat(orders(1070)).containsExactly(enriched(10, "null", 103, 1030), enriched(10, ADA, 105, 1050));
        }
    }

    @Nested
    class TheState {
        private void fillAndEmpty() {
            for (int id = 1; id <= 200; id++) {
                operator.comes(customer(id, "Ada", 1030));
                come(order(id, Integer.toString(id), 1030));
            }
            assertThat(orders(1030)).hasSize(200);
            for (int id = 1; id <= 200; id++) {
                operator.comes(customer(id, null, 1050));
                come(away(order(id, Integer.toString(id), 1030), true, 1050));
            }

            assertThat(orders(1050)).hasSize(200).allMatch(line -> line.endsWith("deleted"));
            nothingIsLeft();
        }

        @Test
        void isEmptyWhenAllOrdersAndCustomersAreDeleted() {
            fillAndEmpty();
        }

        @Test
        void isEmptyOnRocksDbToo() {
            operator =
                    closedLater(setting().on(new EmbeddedRocksDBStateBackend()).start());
            fillAndEmpty();
        }

        @Test
        void isThereAfterARestore() {
            operator.comes(customer(1, "Ada", 1030));
            come(order(10, "1", 1030));
            operator.watermark(1030);
            operator.comes(customer(1, "Eve", 1050));

            operator = closedLater(setting().restore(operator.snapshot()));

            assertThat(orders(1050)).containsExactly(enriched(10, EVE, 105, 1050));
        }
    }
}
