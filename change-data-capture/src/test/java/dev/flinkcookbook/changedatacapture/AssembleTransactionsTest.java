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
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Watermarks stand in the output where they were emitted; whoever is downstream has all that stands before them. */
class AssembleTransactionsTest {

    private static final Duration WAIT_FOR_END = Duration.ofMinutes(15);
    private static final int LARGEST = 4;

    private final Log log = new Log();
    private final List<OperatorUnderTest<?, ?, ?>> started = new ArrayList<>();
    private OperatorUnderTest<Change, TransactionEnd, Part> operator =
            closedLater(setting().start());

    private boolean caughtUp = true;

    /** An order and a line, then a customer. */
    private final Log.Transaction ofTheCustomer = log.begin();

    private final Log.Told first = log.begin()
            .insert(ORDERS, 10, "'customer_id':1")
            .insert(ORDER_LINES, 100, "'order_id':10")
            .commit();
    private final Log.Told second =
            ofTheCustomer.update(CUSTOMERS, 1, "'name':'Ada'").commit();
    private final Change order = first.changes().get(0);
    private final Change line = first.changes().get(1);
    private final Change customer = second.change();

    private Setting<Change, TransactionEnd, Part> setting() {
        return Setting.of(
                new AssembleTransactions(WAIT_FOR_END, LARGEST, (since, now) -> caughtUp),
                change -> change.isOfSnapshot() ? -1L : (Long) change.transaction(),
                TransactionEnd::transaction,
                Types.LONG);
    }

    private OperatorUnderTest<Change, TransactionEnd, Part> closedLater(
            OperatorUnderTest<Change, TransactionEnd, Part> operator) {
        started.add(operator);
        return operator;
    }

    @AfterEach
    void close() {
        started.forEach(OperatorUnderTest::close);
    }

    private void come(Change... changes) {
        operator.arrives(List.of(changes));
    }

    /** Its end, and the watermark that comes behind it. */
    private void ends(Log.Told... transactions) {
        for (Log.Told transaction : transactions) {
            operator.comes(transaction.transactionEnd());
            operator.watermark(transaction.lsn());
        }
    }

    private List<String> output() {
        return operator.output().stream().map(AssembleTransactionsTest::line).toList();
    }

    /** {@code order 10: orders {'id':10} at 1030 in 702}. */
    private static String line(Object output) {
        if (output instanceof Watermark watermark) {
            return "watermark " + (watermark.getTimestamp() == Long.MAX_VALUE ? "end" : watermark.getTimestamp());
        }
        Part part = (Part) output;
        return "%s of %s: %s at %d in %d%s"
                .formatted(
                        part.table() + part.key(),
                        part.owner(),
                        text(part.row()),
                        part.lsn(),
                        part.transaction(),
                        part.whole() ? "" : " not whole")
                .replace('"', '\'');
    }

    private void nothingIsLeft() {
        operator.snapshot(); // RocksDB deletes timers in batches, and the last one with a snapshot.
        assertThat(operator.entries()).as("entries").isZero();
        assertThat(operator.timers()).as("timers").isZero();
        assertThat(operator.gauge("openTransactions")).isZero();
        assertThat(operator.gauge("oldestOpenTransactionMs")).isZero();
    }

    private static final String ORDER = "orders{'id':10} of 10: {'id':10,'customer_id':1} at 1030 in 702";
    private static final String LINE = "order_lines{'id':100} of 10: {'id':100,'order_id':10} at 1030 in 702";
    private static final String CUSTOMER = "customers{'id':1} of 1: {'id':1,'name':'Ada'} at 1050 in 701";

    @Nested
    class ATransaction {
        @Test
        void isPassedOnWithItsEnd() {
            come(order, line);
            assertThat(output()).isEmpty();
            assertThat(operator.gauge("openTransactions")).isEqualTo(1);

            ends(first);

            assertThat(output()).containsExactly(ORDER, LINE, "watermark 1030");
            nothingIsLeft();
        }

        @Test
        void isPassedOnWithItsLastChangeIfItsEndComesFirst() {
            ends(first);
            come(line);
            assertThat(output()).containsExactly("watermark 1029");

            come(order);

            assertThat(output()).containsExactly(LINE, ORDER, "watermark 1030");
            nothingIsLeft();
        }

        @Test
        void isPassedOnIfItsEndComesBetween() {
            come(order);
            ends(first);
            assertThat(output()).containsExactly("watermark 1029");

            come(line);

            assertThat(output()).containsExactly(ORDER, LINE, "watermark 1030");
            nothingIsLeft();
        }

        @Test
        void waitsForItsOwnEndAndNotForThatOfAnother() {
            come(customer, order, line);

            ends(first);
            assertThat(output()).containsExactly(ORDER, LINE, "watermark 1030");

            ends(second);
            assertThat(output()).containsExactly(CUSTOMER, "watermark 1050");
            nothingIsLeft();
        }

        @Test
        void holdsTheWatermarkUntilItIsComplete() {
            ends(first, second);
            come(customer);
            assertThat(output()).containsExactly("watermark 1029", CUSTOMER);

            come(order, line);

            assertThat(output()).containsExactly(ORDER, LINE, "watermark 1050");
            nothingIsLeft();
        }

        @Test
        void isHeldByNoneThatEndsLater() {
            ends(first, second);
            come(order, line);
            assertThat(output()).containsExactly("watermark 1029", ORDER, LINE, "watermark 1049");

            come(customer);

            assertThat(output()).containsExactly(CUSTOMER, "watermark 1050");
            nothingIsLeft();
        }

        @Test
        void countsItsStaleChangesAndDoesNotPassThemOn() {
            come(order, line.asStale());

            ends(first);

            assertThat(output()).containsExactly(ORDER, "watermark 1030");
            nothingIsLeft();
        }

        @Test
        void ofOtherTablesOnlyIsTime() {
            Log.Told heartbeat = log.begin().elsewhere().commit();

            ends(heartbeat);

            assertThat(output()).containsExactly("watermark 1070");
            nothingIsLeft();
        }

        @Test
        void leavesNothingOnRocksDbEither() {
            operator =
                    closedLater(setting().on(new EmbeddedRocksDBStateBackend()).start());
            come(order);
            ends(first);
            come(line, customer);
            ends(second);

            assertThat(output())
                    .containsExactly("watermark 1029", ORDER, LINE, "watermark 1030", CUSTOMER, "watermark 1050");
            nothingIsLeft();
        }
    }

    @Nested
    class ASnapshot {
        private Change read(Log.Snapshot snapshot) {
            return snapshot.change().asRead();
        }

        @Test
        void waitsForNothing() {
            come(read(log.snapshot().read(CUSTOMERS, 1, "'name':'Ada'")));

            assertThat(output()).containsExactly("customers{'id':1} of 1: {'id':1,'name':'Ada'} at 1050 in 0");
            nothingIsLeft();
        }

        @Test
        void saysNothingOfARowThatIsAsItWas() {
            come(read(log.snapshot().read(CUSTOMERS, 1, "'name':'Ada'")).asStale());

            assertThat(output()).isEmpty();
            nothingIsLeft();
        }

        @Test
        void isNotWholeWhileOrdersAreShown() {
            come(customer);
            ends(second);
            operator.output();

            come(read(log.snapshot().read(CUSTOMERS, 1, "'name':'Eve'")));

            assertThat(output())
                    .containsExactly("customers{'id':1} of 1: {'id':1,'name':'Eve'} at 1050 in 0 not whole");
        }
    }

    @Nested
    class WhatIsToldAgain {
        @Test
        void isNotPassedOnAgainAndHoldsNothing() {
            come(order, line);
            ends(first);
            operator.output();

            come(order.asStale(), line.asStale());
            ends(first);
            come(customer);
            ends(second);

            assertThat(output()).containsExactly(CUSTOMER, "watermark 1050");
            nothingIsLeft();
        }

        @Test
        void isCountedOnce() {
            come(order, order.asStale());

            ends(first);
            assertThat(output()).containsExactly("watermark 1029");

            come(line);
            assertThat(output()).containsExactly(ORDER, LINE, "watermark 1030");
            nothingIsLeft();
        }

        @Test
        void completesWhatIsOpen() {
            come(order);
            ends(first);
            operator.output();

            come(order.asStale(), line);
            ends(first);

            assertThat(output()).containsExactly(ORDER, LINE, "watermark 1030");
            nothingIsLeft();
        }

        @Test
        void fromItsMiddleOnHoldsNothing() {
            come(order, line);
            ends(first);
            operator.output();

            come(line.asStale());
            ends(first);

            assertThat(output()).isEmpty();
            nothingIsLeft();
        }

        /** It is complete, and event time has not reached it because of another one. */
        @Test
        void holdsNothingBeforeEventTimeHasReachedItsEndEither() {
            come(customer);
            ends(first, second);
            operator.output();

            ends(second);
            come(order, line);

            assertThat(output()).containsExactly(ORDER, LINE, "watermark 1050");
            nothingIsLeft();
        }

        @Test
        void afterItsEndIsForgottenAfterAWhile() {
            come(order, line);
            ends(first);
            operator.output();
            ends(first);
            come(line.asStale());

            operator.clock(WAIT_FOR_END.toMillis());

            assertThat(output()).isEmpty();
            assertThat(operator.counter("transactionsNotWhole")).isZero();
            nothingIsLeft();
        }
    }

    @Nested
    class WithoutAnEnd {
        @Test
        void itIsReleasedAfterAWhileAsNotWhole() {
            ends(first);
            come(order, line);
            come(customer);
            operator.output();

            operator.clock(WAIT_FOR_END.toMillis() - 1);
            assertThat(output()).isEmpty();
            assertThat(operator.gauge("oldestOpenTransactionMs")).isEqualTo(WAIT_FOR_END.toMillis() - 1);

            operator.clock(WAIT_FOR_END.toMillis());
            assertThat(output())
                    .as("later than all that has been shown")
                    .containsExactly("customers{'id':1} of 1: {'id':1,'name':'Ada'} at 1031 in 701 not whole");
            assertThat(operator.counter("transactionsNotWhole")).isEqualTo(1);
            nothingIsLeft();
        }

        @Test
        void changesThatNeverComeHoldTheWatermarkForAsLong() {
            come(order);
            ends(first);
            come(customer);
            ends(second);
            assertThat(output()).containsExactly("watermark 1029", CUSTOMER);

            operator.clock(WAIT_FOR_END.toMillis());

            assertThat(output()).containsExactly(ORDER + " not whole", "watermark 1050");
            nothingIsLeft();
        }

        @Test
        void eachTransactionWaitsForItself() {
            operator.watermark(Log.START);
            come(order);
            operator.clock(1000);
            come(customer);

            operator.clock(WAIT_FOR_END.toMillis());

            assertThat(output()).containsExactly("watermark 1000", ORDER.replace("1030", "1001") + " not whole");
            assertThat(operator.gauge("openTransactions")).isEqualTo(1);
            assertThat(operator.gauge("oldestOpenTransactionMs")).isEqualTo(WAIT_FOR_END.toMillis() - 1000);
        }

        /** Else what came after it would be overwritten when it is released. */
        @Test
        void itHoldsTheWatermarkBehindTheTransactionBefore() {
            come(order, line, customer);
            ends(second);
            assertThat(output()).containsExactly(CUSTOMER, "watermark 1000");

            operator.clock(WAIT_FOR_END.toMillis());

            assertThat(output())
                    .containsExactly(
                            ORDER.replace("1030", "1001") + " not whole",
                            LINE.replace("1030", "1001") + " not whole",
                            "watermark 1050");
            nothingIsLeft();
        }

        @Test
        void timeDoesNotCountWhileTheJobIsBehind() {
            caughtUp = false;
            come(order);
            ends(first);
            operator.output();
            operator.clock(10 * WAIT_FOR_END.toMillis());
            assertThat(output()).isEmpty();

            caughtUp = true;
            operator.clock(10 * WAIT_FOR_END.toMillis() + 1000);

            assertThat(output()).containsExactly(ORDER + " not whole", "watermark 1030");
            nothingIsLeft();
        }

        @Test
        void timeDoesNotCountBeforeTheFirstEnd() {
            come(order);
            operator.clock(10 * WAIT_FOR_END.toMillis());
            assertThat(output()).isEmpty();

            come(line);
            ends(first);

            assertThat(output()).containsExactly(ORDER, LINE, "watermark 1030");
            nothingIsLeft();
        }

        /** Debezium may have forgotten the newest one when it was started again. */
        @Test
        void twoTransactionsMayNameTheSameOneBefore() {
            Change likeTheFirst = customer.of(
                    Operation.UPDATE,
                    null,
                    customer.after(),
                    null,
                    new Position(1000, customer.position().lsn(), 1));
            come(order, likeTheFirst);

            ends(first);
            come(line);
            assertThat(output()).containsExactly("watermark 1000", ORDER, LINE);

            ends(second);
            assertThat(output()).containsExactly(CUSTOMER, "watermark 1030", "watermark 1050");
            nothingIsLeft();
        }

        @Test
        void whatComesAfterItWasGivenUpIsNotLost() {
            operator.comes(first.transactionEnd());
            come(order);
            operator.watermark(Log.START);
            operator.clock(WAIT_FOR_END.toMillis());
            assertThat(output()).containsExactly("watermark 1000", ORDER + " not whole");

            come(line);
            operator.watermark(first.lsn());

            assertThat(output()).containsExactly(LINE + " not whole", "watermark 1030");
            nothingIsLeft();
        }

        @Test
        void norABeginningAChangeIsShownAtOnce() {
            come(customer.of(Operation.UPDATE, null, customer.after(), null, new Position(1000, 1020, 0)));

            assertThat(output())
                    .containsExactly("customers{'id':1} of 1: {'id':1,'name':'Ada'} at 1020 in 701 not whole");
            nothingIsLeft();
        }
    }

    @Nested
    class ALargeTransaction {
        private final Log.Transaction large = log.begin();

        private List<Change> lines(int count) {
            for (int id = 0; id < count; id++) {
                large.insert(ORDER_LINES, id, "'order_id':10");
            }
            return large.commit().changes();
        }

        @Test
        void asLargeAsAllowedIsWhole() {
            List<Change> lines = lines(LARGEST);
            operator.arrives(lines);

            operator.comes(new TransactionEnd(large.id(), 2000, LARGEST));

            assertThat(output()).hasSize(LARGEST).allMatch(line -> line.endsWith("at 2000 in 703"));
            operator.watermark(2000);
            nothingIsLeft();
        }

        @Test
        void isReleasedAsNotWholeAndWhatFollowsAtOnce() {
            List<Change> lines = lines(LARGEST + 2);
            operator.arrives(lines.subList(0, LARGEST));
            assertThat(output()).isEmpty();

            operator.arrives(lines.subList(LARGEST, LARGEST + 1));
            assertThat(output())
                    .hasSize(LARGEST + 1)
                    .startsWith("order_lines{'id':0} of 10: {'id':0,'order_id':10} at 1051 in 703 not whole");
            operator.arrives(lines.subList(LARGEST + 1, LARGEST + 2));
            assertThat(output())
                    .containsExactly("order_lines{'id':5} of 10: {'id':5,'order_id':10} at 1051 in 703 not whole");
            assertThat(operator.counter("transactionsNotWhole")).isEqualTo(1);

            operator.comes(new TransactionEnd(large.id(), 2000, LARGEST + 2));
            operator.watermark(2000);
            assertThat(output()).containsExactly("watermark 2000");
            nothingIsLeft();
        }
    }

    @Nested
    class ALargeTransactionThatIsToldAgain {
        @Test
        void isShownWhereItIsAndNotAtTheBeginningOfTime() {
            Log.Transaction large = log.begin();
            for (int id = 0; id < LARGEST + 2; id++) {
                large.insert(ORDER_LINES, id, "'order_id':10");
            }
            List<Change> lines = large.commit().changes();
            operator.arrives(
                    lines.subList(0, LARGEST + 1).stream().map(Change::asStale).toList());

            come(lines.get(LARGEST + 1));

            assertThat(output())
                    .containsExactly("order_lines{'id':5} of 10: {'id':5,'order_id':10} at 1051 in 703 not whole");
        }
    }

    @Nested
    class ATruncation {
        private final Log.Told truncated = log.begin()
                .truncate(ORDERS)
                .insert(ORDERS, 11, "'customer_id':1")
                .commit();
        private final Change truncation = truncated.changes().get(0);
        private final Change inserted = truncated.changes().get(1);

        private Change deletion(int id) {
            return truncation.asDeleteOf(
                    Log.key(id), new RowVersion(Position.ofSnapshot(1), Log.utf8(Log.row(id, "")), "1", 0, false));
        }

        @Test
        void hasComeWhenItHasComeFromAllSubtasks() {
            ends(truncated);
            come(inserted, deletion(8), truncation.asStalePart(1, 2), deletion(9));
            come(truncation.asStalePart(1, 2));
            assertThat(output()).containsExactly("watermark " + (truncated.lsn() - 1));

            come(truncation.asStalePart(0, 2));

            assertThat(output())
                    .containsExactly(
                            "orders{'id':11} of 11: {'id':11,'customer_id':1} at 1080 in 703",
                            "orders{'id':8} of 8: null at 1080 in 703",
                            "orders{'id':9} of 9: null at 1080 in 703",
                            "watermark 1080");
            nothingIsLeft();
        }

        @Test
        void countsOnceWhenItIsToldAgainByMoreSubtasks() {
            ends(truncated);
            come(truncation.asStalePart(0, 1));
            come(truncation.asStalePart(0, 2), truncation.asStalePart(1, 2));
            assertThat(output()).containsExactly("watermark " + (truncated.lsn() - 1));

            come(inserted);

            assertThat(output())
                    .containsExactly(
                            "orders{'id':11} of 11: {'id':11,'customer_id':1} at 1080 in 703", "watermark 1080");
            nothingIsLeft();
        }
    }

    @Nested
    class AfterARestore {
        private List<OperatorUnderTest<Change, TransactionEnd, Part>> restored(
                int parallelism, OperatorSubtaskState... snapshots) {
            List<OperatorUnderTest<Change, TransactionEnd, Part>> subtasks = new ArrayList<>();
            for (int subtask = 0; subtask < parallelism; subtask++) {
                subtasks.add(closedLater(setting().subtask(subtask, parallelism).restore(snapshots)));
            }
            return subtasks;
        }

        private static int subtaskOf(Log.Told transaction, int parallelism) {
            return KeyGroupRangeAssignment.assignKeyToParallelOperator(transaction.id(), 128, parallelism);
        }

        @Test
        void theOldestIsStillTheOldest() {
            operator.watermark(Log.START);
            operator.clock(1_000);
            come(order);
            operator.clock(2_000);
            come(customer);

            operator = restored(1, operator.snapshot()).get(0);

            operator.clock(5_000);
            assertThat(operator.gauge("oldestOpenTransactionMs")).isEqualTo(4_000);
        }

        @Test
        void theWatermarkIsThereWithoutANewEnd() {
            come(order, line);
            ends(first);

            operator = restored(1, operator.snapshot()).get(0);

            operator.clock(1);
            assertThat(output()).containsExactly("watermark 1030");
            nothingIsLeft();
        }

        @Test
        void anOpenTransactionStillHoldsItAndIsCompletedByWhatIsLeft() {
            come(order);
            ends(first, second);

            operator = restored(1, operator.snapshot()).get(0);

            operator.clock(1);
            assertThat(output()).containsExactly("watermark 1029");
            assertThat(operator.gauge("openTransactions")).isEqualTo(2);
            come(line);
            assertThat(output()).containsExactly(ORDER, LINE, "watermark 1049");
            come(customer);
            assertThat(output()).containsExactly(CUSTOMER, "watermark 1050");
            nothingIsLeft();
        }

        @Test
        void anEndThatIsToldAgainHoldsNothing() {
            come(order, line);
            ends(first);

            operator = restored(1, operator.snapshot()).get(0);
            come(line.asStale());
            ends(first);

            assertThat(output()).containsOnlyOnce("watermark 1030").hasSize(1);
            nothingIsLeft();
        }

        @Test
        void anEndThatIsToldAgainIsTheOneThatWasKnown() {
            come(order);
            ends(first);

            operator = restored(1, operator.snapshot()).get(0);
            ends(first);
            come(line);

            assertThat(output()).containsExactly("watermark 1029", ORDER, LINE, "watermark 1030");
            nothingIsLeft();
        }

        @Test
        void theWaitGoesOn() {
            operator.watermark(Log.START);
            come(customer);
            operator.clock(WAIT_FOR_END.toMillis() - 1);

            operator = restored(1, operator.snapshot()).get(0);
            operator.clock(WAIT_FOR_END.toMillis());

            assertThat(output())
                    .containsExactly(
                            "watermark 1000", "customers{'id':1} of 1: {'id':1,'name':'Ada'} at 1031 in 701 not whole");
            nothingIsLeft();
        }

        @Test
        void eachOfMoreSubtasksGoesOnWithItsTransactions() {
            come(order);
            ends(first, second);
            int parallelism = 8;
            int one = subtaskOf(first, parallelism);
            int other = subtaskOf(second, parallelism);
            assertThat(one).isNotEqualTo(other);

            List<OperatorUnderTest<Change, TransactionEnd, Part>> subtasks = restored(parallelism, operator.snapshot());

            for (int subtask = 0; subtask < parallelism; subtask++) {
                operator = subtasks.get(subtask);
                operator.clock(1);
                long held = subtask == one ? 1029 : subtask == other ? 1049 : 1050;
                assertThat(output()).containsExactly("watermark " + held);
            }
            operator = subtasks.get(one);
            come(line);
            assertThat(output()).containsExactly(ORDER, LINE, "watermark 1050");
            nothingIsLeft();
        }

        /** The one that is behind may have seen the end of a transaction that the other one has not. */
        @Test
        void oneOfTwoSubtasksBeginsWithTheLowerWatermark() {
            operator.watermark(1030);
            OperatorSubtaskState behind = operator.snapshot();
            operator = closedLater(setting().subtask(1, 2).start());
            operator.watermark(1050);
            OperatorSubtaskState ahead = operator.snapshot();

            operator = restored(1, behind, ahead).get(0);
            operator.clock(1);

            assertThat(output()).containsExactly("watermark 1030");
        }
    }

    @Nested
    class TheEndOfInput {
        @Test
        void releasesEverything() {
            come(order, customer);
            ends(first);
            operator.output();

            operator.watermark(Long.MAX_VALUE);
            operator.inputEnds(1, 2);

            assertThat(output())
                    .containsExactly(
                            "customers{'id':1} of 1: {'id':1,'name':'Ada'} at 1031 in 701 not whole",
                            ORDER + " not whole",
                            "watermark 1030",
                            "watermark end");
            nothingIsLeft();
        }

        /** The changes are idle to event time, so the ends alone decide when it is over. */
        @Test
        void isTheEndOfTheChangesToo() {
            come(order);
            ends(first);
            operator.watermark(Long.MAX_VALUE);
            operator.inputEnds(2);
            assertThat(output()).containsExactly("watermark 1029");

            come(line);
            operator.inputEnds(1);

            assertThat(output()).containsExactly(ORDER, LINE, "watermark 1030", "watermark end");
            nothingIsLeft();
        }
    }
}
