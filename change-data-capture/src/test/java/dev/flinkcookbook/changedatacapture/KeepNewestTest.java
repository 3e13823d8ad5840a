package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.Log.text;
import static dev.flinkcookbook.changedatacapture.Table.CUSTOMERS;
import static dev.flinkcookbook.changedatacapture.Table.ORDERS;
import static dev.flinkcookbook.changedatacapture.Table.ORDER_LINES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.changedatacapture.OperatorUnderTest.Setting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class KeepNewestTest {

    private static final Duration KEEP_DELETES = Duration.ofDays(7);

    private static final String LARGE = "'notes':'__debezium_unavailable_value'";

    private final Log log = new Log();
    private final List<OperatorUnderTest<?, ?, ?>> started = new ArrayList<>();
    private OperatorUnderTest<Change, Change, Change> operator =
            closedLater(setting().start());

    private static Setting<Change, Change, Change> setting() {
        return setting(false);
    }

    private static Setting<Change, Change, Change> setting(boolean bounded) {
        return Setting.broadcast(new KeepNewestToTheEnd(new KeepNewest(KEEP_DELETES, bounded), bounded), Change::row);
    }

    private OperatorUnderTest<Change, Change, Change> closedLater(OperatorUnderTest<Change, Change, Change> started) {
        this.started.add(started);
        return started;
    }

    @AfterEach
    void close() {
        started.forEach(OperatorUnderTest::close);
    }

    /** As the job hands it on. */
    private void tell(List<Change> changes) {
        for (Change change : changes) {
            switch (change.operation()) {
                case TRUNCATE -> operator.comes(change);
                case READ_LAST -> operator.arrives(change.asRead());
                default -> operator.arrives(change);
            }
        }
    }

    private void tell(Log.Told... transactions) {
        Stream.of(transactions).forEach(transaction -> tell(transaction.changes()));
    }

    private void complete(Log.Snapshot snapshot, Table table) {
        operator.comes(Change.snapshotComplete(table, snapshot.lsn()));
    }

    private List<String> output() {
        return operator.output().stream().map(KeepNewestTest::line).toList();
    }

    /** {@code update customers {'id':1} {before} -> {after} at commit/lsn/order}. */
    private static String line(Object output) {
        Change change = (Change) output;
        String parts = change.parts() == 1 ? "" : " part %d of %d".formatted(change.part(), change.parts());
        return "%s %s %s %s -> %s at %s%s"
                .formatted(
                        change.operation(),
                        change.table(),
                        text(change.key()),
                        text(change.before()),
                        text(change.after()),
                        change.position(),
                        parts)
                .replace('"', '\'');
    }

    @Nested
    class AChange {
        @Test
        void comesOutWithTheRowBefore() {
            tell(
                    log.insert(ORDERS, 10, "'customer_id':1"),
                    log.update(ORDERS, 10, "'customer_id':2"),
                    log.update(ORDERS, 10, "'customer_id':null"),
                    log.delete(ORDERS, 10));

            List<Object> changes = operator.output();
            assertThat(changes.stream().map(KeepNewestTest::line))
                    .containsExactly(
                            "insert orders {'id':10} null -> {'id':10,'customer_id':1} at 1000/1000/1",
                            "update orders {'id':10} {'id':10,'customer_id':1} -> {'id':10,'customer_id':2} at 1020/1020/1",
                            "update orders {'id':10} {'id':10,'customer_id':2} -> {'id':10,'customer_id':null} at 1040/1040/1",
                            "delete orders {'id':10} {'id':10,'customer_id':null} -> null at 1060/1060/1");
            assertThat(changes)
                    .extracting(change -> ((Change) change).referred() + " -> " + ((Change) change).refers())
                    .containsExactly("null -> 1", "1 -> 2", "2 -> null", "null -> null");
            assertThat(operator.counter("changesApplied")).isEqualTo(4);
            assertThat(operator.counter("changesStale")).isZero();
        }

        @Test
        void isStaleIfItIsOlder() {
            Log.Told older = log.update(CUSTOMERS, 1, "'name':'Ada'");
            tell(log.update(CUSTOMERS, 1, "'name':'Bob'"), older);

            assertThat(output())
                    .containsExactly(
                            "update customers {'id':1} null -> {'id':1,'name':'Bob'} at 1020/1020/1",
                            "stale customers {'id':1} null -> null at 1000/1000/1");
            assertThat(operator.counter("changesStale")).isEqualTo(1);
        }

        @Test
        void isStaleIfItIsToldAgain() {
            Log.Told told = log.begin()
                    .insert(CUSTOMERS, 1, "'name':'Ada'")
                    .update(CUSTOMERS, 1, "'name':'Bob'")
                    .commit();
            tell(told, told);

            assertThat(output())
                    .containsExactly(
                            "insert customers {'id':1} null -> {'id':1,'name':'Ada'} at 1000/1000/1",
                            "update customers {'id':1} {'id':1,'name':'Ada'} -> {'id':1,'name':'Bob'} at 1000/1010/2",
                            "stale customers {'id':1} null -> null at 1000/1000/1",
                            "stale customers {'id':1} null -> null at 1000/1010/2");
        }

        @Test
        void ofTheKeyIsADeletionAndAnInsertion() {
            tell(
                    log.insert(CUSTOMERS, 2, "'name':'b'"),
                    log.begin().changeKey(CUSTOMERS, 2, 22, "'name':'b'").commit(),
                    log.begin().changeKey(CUSTOMERS, 22, 2, "'name':'b'").commit());

            assertThat(output())
                    .containsExactly(
                            "insert customers {'id':2} null -> {'id':2,'name':'b'} at 1000/1000/1",
                            "delete customers {'id':2} {'id':2,'name':'b'} -> null at 1020/1020/1",
                            "insert customers {'id':22} null -> {'id':22,'name':'b'} at 1020/1020/2",
                            "delete customers {'id':22} {'id':22,'name':'b'} -> null at 1040/1040/1",
                            "insert customers {'id':2} null -> {'id':2,'name':'b'} at 1040/1040/2");
        }

        @Test
        void ofOneTableSaysNothingAboutAnother() {
            tell(log.insert(CUSTOMERS, 1, "'name':'Ada'"), log.insert(ORDERS, 1, "'customer_id':1"));
            tell(log.delete(CUSTOMERS, 1), log.update(ORDERS, 1, "'customer_id':2"));

            assertThat(output())
                    .contains(
                            "update orders {'id':1} {'id':1,'customer_id':1} -> {'id':1,'customer_id':2} at 1060/1060/1")
                    .hasSize(4);
        }
    }

    @Nested
    class ADeletedRow {
        private Log.Told insertion;
        private Log.Told update;

        private void insertedAndDeleted() {
            insertion = log.insert(CUSTOMERS, 1, "'name':'Ada'");
            update = log.update(CUSTOMERS, 1, "'name':'Bob'");
            tell(insertion, update, log.delete(CUSTOMERS, 1));
            operator.output();
        }

        @Test
        void isRememberedSoThatAChangeFromBeforeCannotBringItBack() {
            insertedAndDeleted();

            operator.clock(KEEP_DELETES.toMillis() - 1);
            tell(insertion, update);

            assertThat(output())
                    .containsExactly(
                            "stale customers {'id':1} null -> null at 1000/1000/1",
                            "stale customers {'id':1} null -> null at 1020/1020/1");
        }

        @Test
        void isForgottenAfterAWhileAndThenAChangeFromBeforeBringsItBack() {
            insertedAndDeleted();
            assertThat(operator.entries()).isEqualTo(1);

            operator.clock(KEEP_DELETES.toMillis());

            assertThat(operator.entries()).isZero();
            assertThat(operator.timers()).isZero();
            tell(update);
            assertThat(output())
                    .containsExactly("update customers {'id':1} null -> {'id':1,'name':'Bob'} at 1020/1020/1");
        }

        @Test
        void mayBeInsertedAgainAndStaysThen() {
            insertedAndDeleted();
            tell(log.insert(CUSTOMERS, 1, "'name':'Eve'"));
            operator.clock(KEEP_DELETES.toMillis());

            tell(log.update(CUSTOMERS, 1, "'name':'Eva'"));

            assertThat(output())
                    .containsExactly(
                            "insert customers {'id':1} null -> {'id':1,'name':'Eve'} at 1060/1060/1",
                            "update customers {'id':1} {'id':1,'name':'Eve'} -> {'id':1,'name':'Eva'} at 1080/1080/1");
        }

        @Test
        void isRememberedAsLongAfterItsSecondDeletion() {
            insertedAndDeleted();
            operator.clock(1000);
            Log.Told again = log.insert(CUSTOMERS, 1, "'name':'Eve'");
            tell(again, log.delete(CUSTOMERS, 1));
            operator.output();

            operator.clock(KEEP_DELETES.toMillis());
            tell(again);
            assertThat(output()).containsExactly("stale customers {'id':1} null -> null at 1060/1060/1");

            operator.clock(KEEP_DELETES.toMillis() + 1000);
            assertThat(operator.entries()).isZero();
        }

        @Test
        void isPublishedAlsoIfItWasNeverKnown() {
            tell(log.delete(CUSTOMERS, 1));

            assertThat(output()).containsExactly("delete customers {'id':1} null -> null at 1000/1000/1");
        }

        @Test
        void isForgottenOnRocksDbToo() {
            operator =
                    closedLater(setting().on(new EmbeddedRocksDBStateBackend()).start());
            for (int id = 0; id < 200; id++) {
                tell(log.insert(CUSTOMERS, id, "'name':'Ada'"), log.delete(CUSTOMERS, id));
            }
            operator.snapshot();
            assertThat(operator.entries()).as("rows and their timers").isEqualTo(400);

            operator.clock(KEEP_DELETES.toMillis());

            operator.snapshot(); // RocksDB deletes timers in batches, and the last one with a snapshot.
            assertThat(operator.entries()).isZero();
        }
    }

    @Nested
    class ASnapshot {
        @Test
        void isOlderThanATransactionThatWasOpenMeanwhile() {
            tell(log.insert(CUSTOMERS, 1, "'name':'Ada'"));
            Log.Transaction open = log.begin().update(CUSTOMERS, 1, "'name':'Bob'");
            Log.Snapshot snapshot = log.snapshot().read(CUSTOMERS, 1, "'name':'Ada'");
            tell(snapshot.changes());
            tell(open.commit());
            tell(snapshot.changes());

            assertThat(output())
                    .containsExactly(
                            "insert customers {'id':1} null -> {'id':1,'name':'Ada'} at 1000/1000/1",
                            "stale customers {'id':1} null -> null at 1030/0/0",
                            "update customers {'id':1} {'id':1,'name':'Ada'} -> {'id':1,'name':'Bob'} at 1030/1020/1",
                            "stale customers {'id':1} null -> null at 1030/0/0");
        }

        @Test
        void isOlderThanSuchATransactionAlsoWhenItIsKnownToBeComplete() {
            Log.Transaction open =
                    log.begin().update(CUSTOMERS, 1, "'name':'Bob'").insert(CUSTOMERS, 2, "'name':'Eve'");
            Log.Snapshot snapshot = log.snapshot().read(CUSTOMERS, 1, "'name':'Ada'");
            tell(snapshot.changes());
            complete(snapshot, CUSTOMERS);
            tell(open.commit());

            assertThat(output())
                    .containsExactly(
                            "read customers {'id':1} null -> {'id':1,'name':'Ada'} at 1020/0/0",
                            "update customers {'id':1} {'id':1,'name':'Ada'} -> {'id':1,'name':'Bob'} at 1020/1000/1",
                            "insert customers {'id':2} null -> {'id':2,'name':'Eve'} at 0/1010/2");
        }

        @Test
        void isNewerThanWhatWasToldBefore() {
            Log.Told before = log.update(CUSTOMERS, 1, "'name':'Ada'");
            Log.Snapshot snapshot = log.snapshot().read(CUSTOMERS, 1, "'name':'Bob'");
            tell(before);
            tell(snapshot.changes());
            tell(before);

            assertThat(output())
                    .containsExactly(
                            "update customers {'id':1} null -> {'id':1,'name':'Ada'} at 1000/1000/1",
                            "update customers {'id':1} {'id':1,'name':'Ada'} -> {'id':1,'name':'Bob'} at 1020/0/0",
                            "stale customers {'id':1} null -> null at 1000/1000/1");
        }

        @Test
        void saysNothingOfARowThatIsAsItWas() {
            Log.Snapshot first =
                    log.snapshot().read(CUSTOMERS, 1, "'name':'Ada'").read(CUSTOMERS, 2, "'name':'Bob'");
            log.update(CUSTOMERS, 2, "'name':'lost'");
            Log.Snapshot second =
                    log.snapshot().read(CUSTOMERS, 1, "'name':'Ada'").read(CUSTOMERS, 2, "'name':'Eve'");
            tell(first.changes());
            operator.output();
            tell(second.changes());

            assertThat(output())
                    .containsExactly(
                            "stale customers {'id':1} null -> null at 1020/0/0",
                            "update customers {'id':2} {'id':2,'name':'Bob'} -> {'id':2,'name':'Eve'} at 1020/0/0");
        }

        @Test
        void bringsARowBackThatWasDeletedBefore() {
            tell(log.insert(CUSTOMERS, 1, "'name':'Ada'"), log.delete(CUSTOMERS, 1));
            log.insert(CUSTOMERS, 1, "'name':'Eve'");
            operator.output();

            tell(log.snapshot().read(CUSTOMERS, 1, "'name':'Eve'").changes());

            assertThat(output()).containsExactly("read customers {'id':1} null -> {'id':1,'name':'Eve'} at 1060/0/0");
        }

        @Test
        void deletesWhatItHasNotRead() {
            tell(
                    log.insert(CUSTOMERS, 1, "'name':'Ada'"),
                    log.insert(CUSTOMERS, 2, "'name':'Bob'"),
                    log.insert(ORDERS, 10, "'customer_id':2"));
            Log.Told lost = log.delete(CUSTOMERS, 2);
            Log.Snapshot snapshot = log.snapshot().read(CUSTOMERS, 1, "'name':'Ada'");
            Log.Told after = log.insert(CUSTOMERS, 3, "'name':'Eve'");
            tell(snapshot.changes());
            tell(after);
            operator.output();

            complete(snapshot, CUSTOMERS);
            complete(snapshot, CUSTOMERS);
            tell(lost);

            assertThat(output())
                    .containsExactly(
                            "delete customers {'id':2} {'id':2,'name':'Bob'} -> null at 1080/0/0 part 0 of 0",
                            "stale customers {'id':2} null -> null at 1060/1060/1");
            assertThat(operator.entries()).as("customers 1 and 3, order 10").isEqualTo(3);
        }
    }

    @Nested
    class ALargeValueThatStaysTheSame {
        @Test
        void isTheOneThatWasToldLast() {
            tell(
                    log.insert(CUSTOMERS, 1, "'name':'Ada','notes':'large'"),
                    log.update(CUSTOMERS, 1, "'name':'Bob'," + LARGE),
                    log.update(CUSTOMERS, 1, "'name':'Eve'," + LARGE));

            assertThat(output())
                    .containsExactly(
                            "insert customers {'id':1} null -> {'id':1,'name':'Ada','notes':'large'} at 1000/1000/1",
                            "update customers {'id':1} {'id':1,'name':'Ada','notes':'large'} -> {'id':1,'name':'Bob','notes':'large'} at 1020/1020/1",
                            "update customers {'id':1} {'id':1,'name':'Bob','notes':'large'} -> {'id':1,'name':'Eve','notes':'large'} at 1040/1040/1");
            assertThat(operator.counter("largeValuesUnknown")).isZero();
        }

        @Test
        void isCountedIfItWasNeverTold() {
            tell(log.update(CUSTOMERS, 1, "'name':'Ada'," + LARGE));
            tell(log.update(CUSTOMERS, 1, "'name':'Bob','notes':'told'"));

            assertThat(output())
                    .containsExactly(
                            "update customers {'id':1} null -> {'id':1,'name':'Ada'," + LARGE + "} at 1000/1000/1",
                            "update customers {'id':1} {'id':1,'name':'Ada'," + LARGE
                                    + "} -> {'id':1,'name':'Bob','notes':'told'} at 1020/1020/1");
            assertThat(operator.counter("largeValuesUnknown")).isEqualTo(1);
        }

        @Test
        void isNotThatOfADeletedRow() {
            tell(log.insert(CUSTOMERS, 1, "'notes':'large'"), log.delete(CUSTOMERS, 1));
            tell(log.insert(CUSTOMERS, 1, LARGE));

            assertThat(output())
                    .last()
                    .isEqualTo("insert customers {'id':1} null -> {'id':1," + LARGE + "} at 1040/1040/1");
        }

        @Test
        void isWhatASecondSnapshotReads() {
            tell(
                    log.insert(CUSTOMERS, 1, "'n':1.0E10,'notes':'lärge'"),
                    log.update(CUSTOMERS, 1, "'n':1.0E10," + LARGE));
            operator.output();

            tell(log.snapshot().read(CUSTOMERS, 1, "'n':1.0E10,'notes':'lärge'").changes());

            assertThat(output()).containsExactly("stale customers {'id':1} null -> null at 1040/0/0");
        }
    }

    @Nested
    class ATruncation {
        private void someRows() {
            tell(
                    log.insert(ORDERS, 10, "'customer_id':1"),
                    log.insert(ORDERS, 11, "'customer_id':2"),
                    log.insert(ORDER_LINES, 100, "'order_id':10"),
                    log.insert(CUSTOMERS, 1, "'name':'Ada'"),
                    log.insert(ORDERS, 12, "'customer_id':1"),
                    log.delete(ORDERS, 12));
            operator.output();
        }

        @Test
        void deletesAllRowsOfItsTableAndNoOther() {
            someRows();

            tell(log.truncate(ORDERS));

            List<Object> changes = operator.output();
            assertThat(changes.stream().map(KeepNewestTest::line))
                    .containsExactlyInAnyOrder(
                            "delete orders {'id':10} {'id':10,'customer_id':1} -> null at 1120/1120/1 part 0 of 0",
                            "delete orders {'id':11} {'id':11,'customer_id':2} -> null at 1120/1120/1 part 0 of 0",
                            "stale orders  null -> null at 1120/1120/1")
                    .last()
                    .asString()
                    .as("when it has come, all rows have")
                    .startsWith("stale");
            assertThat(changes)
                    .extracting(change -> ((Change) change).id() + " " + ((Change) change).referred())
                    .containsExactlyInAnyOrder("10 1", "11 2", " null");
            assertThat(operator.entries()).as("the line and the customer").isEqualTo(2);
        }

        @Test
        void sparesWhatWasChangedAfterItWhicheverComesFirst() {
            someRows();
            Log.Told truncation = log.begin()
                    .truncate(ORDERS)
                    .insert(ORDERS, 10, "'customer_id':3")
                    .commit();
            Log.Told after = log.insert(ORDERS, 13, "'customer_id':3");
            List<Change> changes = truncation.changes();

            tell(after);
            tell(changes.subList(1, 2));
            tell(changes.subList(0, 1));

            assertThat(output())
                    .containsExactlyInAnyOrder(
                            "insert orders {'id':13} null -> {'id':13,'customer_id':3} at 1150/1150/1",
                            "insert orders {'id':10} {'id':10,'customer_id':1} -> {'id':10,'customer_id':3} at 1120/1130/2",
                            "delete orders {'id':11} {'id':11,'customer_id':2} -> null at 1120/1120/1 part 0 of 0",
                            "stale orders  null -> null at 1120/1120/1");
        }

        @Test
        void isRememberedSoThatAChangeFromBeforeCannotBringARowBack() {
            Log.Told before = log.insert(ORDERS, 10, "'customer_id':1");
            Log.Told truncation = log.truncate(ORDERS);
            Log.Told after = log.insert(ORDERS, 10, "'customer_id':2");
            tell(truncation, before, after);

            assertThat(output())
                    .containsExactly(
                            "stale orders  null -> null at 1020/1020/1",
                            "stale orders {'id':10} null -> null at 1000/1000/1",
                            "insert orders {'id':10} null -> {'id':10,'customer_id':2} at 1040/1040/1");
        }

        @Test
        void thatIsToldAgainDeletesNothingMore() {
            someRows();
            Log.Told truncation = log.truncate(ORDERS);
            Log.Told later = log.truncate(ORDERS);
            tell(truncation);
            tell(later);
            operator.output();

            tell(log.insert(ORDERS, 10, "'customer_id':3"));
            tell(truncation);

            assertThat(output())
                    .containsExactly(
                            "insert orders {'id':10} null -> {'id':10,'customer_id':3} at 1160/1160/1",
                            "stale orders  null -> null at 1120/1120/1");
            tell(log.update(ORDERS, 10, "'customer_id':4"));
            assertThat(output()).hasSize(1);
        }

        @Test
        void isNotForgottenForAnOlderOneThatIsToldAgain() {
            Log.Told older = log.truncate(ORDERS);
            Log.Told between = log.insert(ORDERS, 10, "'customer_id':1");
            tell(older, log.truncate(ORDERS), older);
            operator.output();

            tell(between);

            assertThat(output()).containsExactly("stale orders {'id':10} null -> null at 1020/1020/1");
        }

        @Test
        void comesInPartsOneFromEachSubtask() {
            operator = closedLater(setting().subtask(1, 3).start());

            tell(log.truncate(ORDERS));

            assertThat(output()).containsExactly("stale orders  null -> null at 1000/1000/1 part 1 of 3");
        }

        @Test
        void isStillRememberedByEachOfMoreSubtasks() {
            List<Log.Told> before = new ArrayList<>();
            for (int id = 0; id < 20; id++) {
                before.add(log.insert(ORDERS, id, "'customer_id':1"));
            }
            tell(log.truncate(ORDERS));
            operator.output();
            OperatorSubtaskState snapshot = operator.snapshot();

            int stale = 0;
            for (int subtask = 0; subtask < 3; subtask++) {
                int mine = subtask;
                operator = closedLater(setting().subtask(subtask, 3).restore(snapshot));
                tell(before.stream()
                        .flatMap(told -> told.changes().stream())
                        .filter(change ->
                                KeyGroupRangeAssignment.assignKeyToParallelOperator(change.row(), 128, 3) == mine)
                        .toList());
                List<String> output = output();
                assertThat(output).isNotEmpty().allMatch(line -> line.startsWith("stale"));
                stale += output.size();
            }
            assertThat(stale).isEqualTo(20);
        }

        @Test
        void findsItsRowsAfterARescaledRestoreToo() {
            someRows();
            OperatorSubtaskState snapshot = operator.snapshot();
            Log.Told truncation = log.truncate(ORDERS);

            List<String> output = new ArrayList<>();
            for (int subtask = 0; subtask < 2; subtask++) {
                operator = closedLater(setting().subtask(subtask, 2).restore(snapshot));
                tell(truncation);
                output.addAll(output());
            }
            assertThat(output)
                    .containsExactlyInAnyOrder(
                            "delete orders {'id':10} {'id':10,'customer_id':1} -> null at 1120/1120/1 part 0 of 0",
                            "delete orders {'id':11} {'id':11,'customer_id':2} -> null at 1120/1120/1 part 0 of 0",
                            "stale orders  null -> null at 1120/1120/1 part 0 of 2",
                            "stale orders  null -> null at 1120/1120/1 part 1 of 2");
        }

        /** A bounded job takes no checkpoint by which it could know that all that is older has come. */
        @Test
        void ofABoundedInputIsAppliedAtItsEnd() {
            operator = closedLater(setting(true).start());
            Log.Told before = log.insert(ORDERS, 10, "'customer_id':1");
            Log.Told truncation = log.truncate(ORDERS);
            Log.Told after = log.insert(ORDERS, 11, "'customer_id':2");
            tell(truncation, before, after);
            operator.output();
            assertThat(operator.timers()).isZero();

            operator.watermark(Long.MAX_VALUE);

            assertThat(operator.output().stream()
                            .filter(Change.class::isInstance)
                            .map(KeepNewestTest::line))
                    .containsExactly(
                            "delete orders {'id':10} {'id':10,'customer_id':1} -> null at 1020/1020/1 part 0 of 0");
        }
    }
}
