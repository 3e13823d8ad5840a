package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.Log.text;
import static dev.flinkcookbook.changedatacapture.Table.CUSTOMERS;
import static dev.flinkcookbook.changedatacapture.Table.ORDERS;
import static dev.flinkcookbook.changedatacapture.Table.ORDER_LINES;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class PartsTest {

    private final Log log = new Log();

    /** {@code order_lines{'id':100} of 10: {row} -> 10}: the row, what it is part of, and what it refers to. */
    private static List<String> parts(Change change) {
        List<Part> parts = Parts.of(change, 1234, false);
        assertThat(parts)
                .extracting(Part::lsn, Part::transaction, Part::whole)
                .containsOnly(org.assertj.core.groups.Tuple.tuple(1234L, change.transaction(), false));
        return parts.stream()
                .map(part -> "%s of %s: %s -> %s"
                        .formatted(part.table() + part.key(), part.owner(), text(part.row()), part.refers())
                        .replace('"', '\''))
                .toList();
    }

    private Change line(String columns) {
        return log.update(ORDER_LINES, 100, columns).change();
    }

    /** As it comes out when the row before is known. */
    private static Change referred(Change change, String before) {
        return change.of(change.operation(), null, change.after(), before, change.position());
    }

    @Nested
    class ACustomerOrAnOrder {
        @Test
        void isPartOfItself() {
            assertThat(parts(log.insert(CUSTOMERS, 1, "'name':'Ada'").change()))
                    .containsExactly("customers{'id':1} of 1: {'id':1,'name':'Ada'} -> null");
            assertThat(parts(log.insert(ORDERS, 10, "'customer_id':1").change()))
                    .containsExactly("orders{'id':10} of 10: {'id':10,'customer_id':1} -> 1");
        }

        @Test
        void isNoMoreWhenItIsDeleted() {
            assertThat(parts(log.delete(ORDERS, 10).change())).containsExactly("orders{'id':10} of 10: null -> null");
        }

        @Test
        void staysOneOrderWhenItMovesToAnotherCustomer() {
            assertThat(parts(referred(log.update(ORDERS, 10, "'customer_id':2").change(), "1")))
                    .containsExactly("orders{'id':10} of 10: {'id':10,'customer_id':2} -> 2");
        }
    }

    @Nested
    class ALine {
        @Test
        void isPartOfItsOrder() {
            assertThat(parts(line("'order_id':10")))
                    .containsExactly("order_lines{'id':100} of 10: {'id':100,'order_id':10} -> 10");
            assertThat(parts(referred(line("'order_id':10"), "10")))
                    .containsExactly("order_lines{'id':100} of 10: {'id':100,'order_id':10} -> 10");
        }

        @Test
        void leavesOneOrderAndJoinsAnother() {
            assertThat(parts(referred(line("'order_id':11"), "10")))
                    .containsExactly(
                            "order_lines{'id':100} of 10: null -> 11",
                            "order_lines{'id':100} of 11: {'id':100,'order_id':11} -> 11");
        }

        @Test
        void thatIsDeletedLeavesTheOrderWhereItWas() {
            assertThat(parts(referred(log.delete(ORDER_LINES, 100).change(), "10")))
                    .containsExactly("order_lines{'id':100} of 10: null -> null");
        }

        @Test
        void mayBelongToNoOrder() {
            assertThat(Parts.of(line("'order_id':null"), 1, true)).isEmpty();
            assertThat(Parts.of(line("'sku':'x'"), 1, true)).isEmpty();
            assertThat(Parts.of(log.delete(ORDER_LINES, 100).change(), 1, true)).isEmpty();
            assertThat(parts(referred(line("'order_id':null"), "10")))
                    .containsExactly("order_lines{'id':100} of 10: null -> null");
            assertThat(Parts.of(referred(line("'sku':'x'"), "10"), 1, true))
                    .as("a lost foreign key: the order keeps what it had")
                    .isEmpty();
            assertThat(parts(referred(line("'order_id':10"), "null")))
                    .containsExactly("order_lines{'id':100} of 10: {'id':100,'order_id':10} -> 10");
        }
    }
}
