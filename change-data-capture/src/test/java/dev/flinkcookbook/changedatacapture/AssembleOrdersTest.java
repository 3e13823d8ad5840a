package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.Log.key;
import static dev.flinkcookbook.changedatacapture.Log.row;
import static dev.flinkcookbook.changedatacapture.Log.text;
import static dev.flinkcookbook.changedatacapture.Log.utf8;
import static dev.flinkcookbook.changedatacapture.Table.ORDERS;
import static dev.flinkcookbook.changedatacapture.Table.ORDER_LINES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.changedatacapture.OperatorUnderTest.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class AssembleOrdersTest {

    private final List<OperatorUnderTest<?, ?, ?>> started = new ArrayList<>();
    private OperatorUnderTest<Part, Void, OrderVersion> operator =
            closedLater(setting().start());

    private static Setting<Part, Void, OrderVersion> setting() {
        return Setting.of(new AssembleOrders(), Part::owner);
    }

    private OperatorUnderTest<Part, Void, OrderVersion> closedLater(
            OperatorUnderTest<Part, Void, OrderVersion> started) {
        this.started.add(started);
        return started;
    }

    @AfterEach
    void close() {
        started.forEach(OperatorUnderTest::close);
    }

    private static Part order(long id, String customer, long lsn) {
        byte[] row = utf8(row(id, "'customer_id':" + customer));
        return new Part(Long.toString(id), ORDERS, key(id), row, customer, lsn, lsn / 10, true);
    }

    private static Part line(long id, long order, String columns, long lsn) {
        return new Part(
                Long.toString(order), ORDER_LINES, key(id), utf8(row(id, columns)), "" + order, lsn, lsn / 10, true);
    }

    private static Part gone(Part part, long lsn) {
        return new Part(part.owner(), part.table(), part.key(), null, null, lsn, lsn / 10, true);
    }

    private static Part notWhole(Part part) {
        return new Part(
                part.owner(),
                part.table(),
                part.key(),
                part.row(),
                part.refers(),
                part.lsn(),
                part.transaction(),
                false);
    }

    private void come(Part... parts) {
        operator.arrives(List.of(parts));
    }

    private List<String> orders(long watermark) {
        operator.watermark(watermark);
        return output();
    }

    private List<String> output() {
        return operator.output().stream()
                .filter(OrderVersion.class::isInstance)
                .map(output -> line((OrderVersion) output))
                .toList();
    }

    /** {@code 10 of customer 1 at 1030 in 103: {row} with {line}, {line}}. */
    private static String line(OrderVersion version) {
        String lines = version.lines().stream().map(Log::text).collect(Collectors.joining(" ", "[", "]"));
        String row =
                version.row() != null ? text(version.row()) + " " + lines : version.deleted() ? "deleted" : "moved";
        assertThat(version.key()).isEqualTo(key(Long.parseLong(version.id())));
        return "%s of customer %s at %d in %d: %s%s"
                .formatted(
                        version.id(),
                        version.customer(),
                        version.lsn(),
                        version.transaction(),
                        row,
                        version.whole() ? "" : " not whole")
                .replace('"', '\'');
    }

    private void nothingIsLeft() {
        operator.snapshot(); // RocksDB deletes timers in batches, and the last one with a snapshot.
        assertThat(operator.entries()).isZero();
        assertThat(operator.timers()).isZero();
    }

    @Nested
    class AnOrder {
        @Test
        void hasItsLinesWhenEventTimeHasReachedTheEndOfTheTransaction() {
            come(
                    line(101, 10, "'n':2", 1030),
                    order(10, "1", 1030),
                    line(100, 10, "'n':1", 1030),
                    order(11, "2", 1050));
            assertThat(orders(1029)).isEmpty();

            assertThat(orders(1030))
                    .containsExactly(
                            "10 of customer 1 at 1030 in 103: {'id':10,'customer_id':1} [{'id':100,'n':1} {'id':101,'n':2}]");
            assertThat(orders(1050)).containsExactly("11 of customer 2 at 1050 in 105: {'id':11,'customer_id':2} []");
        }

        @Test
        void isPublishedByOneTransactionAfterTheOtherHoweverFarTheWatermarkGoes() {
            come(
                    line(100, 10, "'n':3", 1070),
                    order(10, "1", 1030),
                    line(100, 10, "'n':1", 1030),
                    line(101, 10, "'n':2", 1050));

            assertThat(orders(2000))
                    .containsExactly(
                            "10 of customer 1 at 1030 in 103: {'id':10,'customer_id':1} [{'id':100,'n':1}]",
                            "10 of customer 1 at 1050 in 105: {'id':10,'customer_id':1} [{'id':100,'n':1} {'id':101,'n':2}]",
                            "10 of customer 1 at 1070 in 107: {'id':10,'customer_id':1} [{'id':100,'n':3} {'id':101,'n':2}]");
        }

        @Test
        void hasItsLinesInTheOrderOfTheirIds() {
            come(order(10, "1", 1030));
            Stream.of(10, 9, 100, 11, 2).forEach(id -> come(line(id, 10, "", 1030)));

            assertThat(orders(1030))
                    .containsExactly("10 of customer 1 at 1030 in 103: {'id':10,'customer_id':1}"
                            + " [{'id':2} {'id':9} {'id':10} {'id':11} {'id':100}]");
        }

        @Test
        void thatMovesLeavesItsCustomer() {
            come(order(10, "1", 1030), line(100, 10, "", 1030), order(10, "2", 1050), order(10, "null", 1070));

            assertThat(orders(2000))
                    .containsExactly(
                            "10 of customer 1 at 1030 in 103: {'id':10,'customer_id':1} [{'id':100}]",
                            "10 of customer 1 at 1050 in 105: moved",
                            "10 of customer 2 at 1050 in 105: {'id':10,'customer_id':2} [{'id':100}]",
                            "10 of customer 2 at 1070 in 107: moved",
                            "10 of customer null at 1070 in 107: {'id':10,'customer_id':null} [{'id':100}]");
        }

        @Test
        void thatMovesAndMovesBackInOneTransactionHasNotMoved() {
            come(order(10, "1", 1030), order(10, "2", 1050), order(10, "1", 1050));

            assertThat(orders(2000)).last().isEqualTo("10 of customer 1 at 1050 in 105: {'id':10,'customer_id':1} []");
        }

        @Test
        void thatIsDeletedLeavesNothing() {
            come(order(10, "1", 1030), line(100, 10, "", 1030));
            come(gone(line(100, 10, "", 1030), 1050), gone(order(10, "1", 1030), 1050));
            operator.watermark(1030);
            operator.output();

            assertThat(orders(1050)).containsExactly("10 of customer 1 at 1050 in 105: deleted");
            nothingIsLeft();
        }

        @Test
        void thatIsDeletedAndInsertedInOneTransactionIsChanged() {
            come(order(10, "1", 1030), gone(order(10, "1", 1030), 1050), order(10, "1", 1050));

            assertThat(orders(2000))
                    .containsExactly(
                            "10 of customer 1 at 1030 in 103: {'id':10,'customer_id':1} []",
                            "10 of customer 1 at 1050 in 105: {'id':10,'customer_id':1} []");
        }

        @Test
        void thatWasNeverKnownIsNotDeleted() {
            come(gone(order(10, "1", 1030), 1030));

            assertThat(orders(1030)).isEmpty();
            nothingIsLeft();
        }

        @Test
        void isNotWholeIfOneOfItsPartsIsNot() {
            come(order(10, "1", 1030), notWhole(line(100, 10, "", 1030)), line(101, 10, "", 1050));

            assertThat(orders(2000))
                    .containsExactly(
                            "10 of customer 1 at 1030 in 103: {'id':10,'customer_id':1} [{'id':100}] not whole",
                            "10 of customer 1 at 1050 in 105: {'id':10,'customer_id':1} [{'id':100} {'id':101}]");
        }
    }

    @Nested
    class ALine {
        @Test
        void thatMovesChangesBothOrders() {
            come(order(10, "1", 1030), line(100, 10, "", 1030), order(11, "2", 1030));
            operator.watermark(1030);
            operator.output();
            come(gone(line(100, 10, "", 1030), 1050), line(100, 11, "", 1050));

            assertThat(orders(1050))
                    .containsExactlyInAnyOrder(
                            "10 of customer 1 at 1050 in 105: {'id':10,'customer_id':1} []",
                            "11 of customer 2 at 1050 in 105: {'id':11,'customer_id':2} [{'id':100}]");
        }

        @Test
        void waitsForItsOrder() {
            come(line(100, 10, "", 1030));
            assertThat(orders(1030)).isEmpty();

            come(order(10, "1", 1050));
            assertThat(orders(1050))
                    .containsExactly("10 of customer 1 at 1050 in 105: {'id':10,'customer_id':1} [{'id':100}]");
        }
    }

    @Nested
    class APartThatComesLate {
        @Test
        void isShownWithTheNextWatermark() {
            come(order(10, "1", 1030));
            operator.watermark(1050);
            operator.output();
            come(line(100, 10, "", 1030), line(101, 10, "", 1050));
            assertThat(output()).isEmpty();

            assertThat(orders(1070))
                    .containsExactly(
                            "10 of customer 1 at 1030 in 103: {'id':10,'customer_id':1} [{'id':100}]",
                            "10 of customer 1 at 1050 in 105: {'id':10,'customer_id':1} [{'id':100} {'id':101}]");
        }
    }

    @Nested
    class TheState {
        private void fillAndEmpty() {
            for (int id = 0; id < 200; id++) {
                come(order(id, "1", 1030), line(1000 + id, id, "", 1030));
            }
            assertThat(orders(1030)).hasSize(200);
            assertThat(operator.entries()).isGreaterThanOrEqualTo(400);
            for (int id = 0; id < 200; id++) {
                come(gone(order(id, "1", 1030), 1050), gone(line(1000 + id, id, "", 1030), 1050));
            }

            assertThat(orders(1050)).hasSize(200).allMatch(line -> line.endsWith("deleted"));
            nothingIsLeft();
        }

        @Test
        void isEmptyWhenAllOrdersAreDeleted() {
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
            come(order(10, "1", 1030), line(100, 10, "", 1030));
            operator.watermark(1030);
            come(line(101, 10, "", 1050));
            OperatorSubtaskState snapshot = operator.snapshot();

            operator = closedLater(setting().restore(snapshot));

            assertThat(orders(1050))
                    .containsExactly(
                            "10 of customer 1 at 1050 in 105: {'id':10,'customer_id':1} [{'id':100} {'id':101}]");
        }
    }
}
