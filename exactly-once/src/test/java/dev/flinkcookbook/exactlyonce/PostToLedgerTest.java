package dev.flinkcookbook.exactlyonce;

import static dev.flinkcookbook.exactlyonce.Transfers.ledgerEntry;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.operators.StreamFlatMap;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class PostToLedgerTest {

    private static final int MAX_PARALLELISM = 128;

    private final List<AutoCloseable> opened = new ArrayList<>();

    private KeyedOneInputStreamOperatorTestHarness<String, Posting, LedgerEntry> operator() throws Exception {
        return operator(null, 1, 0);
    }

    private KeyedOneInputStreamOperatorTestHarness<String, Posting, LedgerEntry> operator(
            OperatorSubtaskState snapshot, int parallelism, int subtask) throws Exception {
        var harness = new KeyedOneInputStreamOperatorTestHarness<>(
                new StreamFlatMap<>(new PostToLedger()),
                Posting::account,
                Types.STRING,
                MAX_PARALLELISM,
                parallelism,
                subtask);
        opened.add(harness);
        if (snapshot != null) {
            harness.initializeState(snapshot);
        }
        harness.open();
        return harness;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable harness : opened) {
            harness.close();
        }
    }

    private static Posting posting(String transferId, String account, String delta) {
        return new Posting(transferId, account, new BigDecimal(delta));
    }

    @Nested
    class EachAccount {
        @Test
        void hasItsOwnSequenceAndBalance() throws Exception {
            var operator = operator();

            operator.processElement(posting("t-1", "a", "-1.50"), 0);
            operator.processElement(posting("t-1", "b", "1.50"), 0);
            operator.processElement(posting("t-2", "b", "-2"), 0);
            operator.processElement(posting("t-2", "a", "2"), 0);

            assertThat(operator.extractOutputValues())
                    .containsExactly(
                            ledgerEntry("t-1", "a", "-1.50", "-1.50", 1),
                            ledgerEntry("t-1", "b", "1.50", "1.50", 1),
                            ledgerEntry("t-2", "b", "-2", "-0.50", 2),
                            ledgerEntry("t-2", "a", "2", "0.50", 2));
        }

        /** Not one for each entry: the state grows with the accounts alone. */
        @Test
        void takesOnePlaceInTheState() throws Exception {
            var operator = operator();
            for (int i = 0; i < 100; i++) {
                operator.processElement(posting("t-" + i, "a-" + i % 3, "1"), 0);
            }

            assertThat(operator.numKeyedStateEntries()).isEqualTo(3);
        }
    }

    @Nested
    class AfterARestore {
        @Test
        void goesOnWhereTheSnapshotWas() throws Exception {
            var before = operator();
            before.processElement(posting("t-1", "a", "1.50"), 0);
            OperatorSubtaskState snapshot = before.snapshot(1, 0);
            before.processElement(posting("t-2", "a", "7"), 0); // after the snapshot: it comes again

            var after = operator(snapshot, 1, 0);
            after.processElement(posting("t-2", "a", "7"), 0);

            assertThat(after.extractOutputValues()).containsExactly(ledgerEntry("t-2", "a", "7", "8.50", 2));
        }

        @Test
        void eachAccountIsFoundByTheSubtaskThatNowHasIt() throws Exception {
            int accounts = 50;
            var before = operator();
            for (int i = 0; i < accounts; i++) {
                before.processElement(posting("t-" + i, "a-" + i, Integer.toString(i)), 0);
            }
            OperatorSubtaskState snapshot = before.snapshot(1, 0);

            List<LedgerEntry> entries = new ArrayList<>();
            for (int subtask = 0; subtask < 2; subtask++) {
                var after = operator(
                        AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                snapshot, MAX_PARALLELISM, 1, 2, subtask),
                        2,
                        subtask);
                int known = after.numKeyedStateEntries();
                assertThat(known).as("of subtask " + subtask).isBetween(1, accounts - 1);
                for (int i = 0; i < accounts; i++) {
                    if (isOf(subtask, "a-" + i)) {
                        after.processElement(posting("u-" + i, "a-" + i, "1"), 0);
                    }
                }
                entries.addAll(after.extractOutputValues());
            }

            assertThat(entries).hasSize(accounts).allSatisfy(entry -> {
                assertThat(entry.sequence()).isEqualTo(2);
                assertThat(entry.balance()).isEqualTo(before(entry).add(BigDecimal.ONE));
            });
        }

        private BigDecimal before(LedgerEntry entry) {
            return new BigDecimal(entry.account().substring("a-".length()));
        }

        private boolean isOf(int subtask, String account) {
            return KeyGroupRangeAssignment.assignKeyToParallelOperator(account, MAX_PARALLELISM, 2) == subtask;
        }
    }
}
