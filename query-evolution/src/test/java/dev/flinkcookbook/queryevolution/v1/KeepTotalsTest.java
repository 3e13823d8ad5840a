package dev.flinkcookbook.queryevolution.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.StreamMap;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KeepTotalsTest {

    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable harness : opened) {
            harness.close();
        }
    }

    private KeyedOneInputStreamOperatorTestHarness<String, Transaction, Activity> operator(
            OperatorSubtaskState snapshot) throws Exception {
        var harness = new KeyedOneInputStreamOperatorTestHarness<>(
                new StreamMap<>(new KeepTotals()), Transaction::account, Types.STRING);
        opened.add(harness);
        if (snapshot != null) {
            harness.initializeState(snapshot);
        }
        harness.open();
        return harness;
    }

    private static Transaction transaction(String account, String id, int amount) {
        return new Transaction(id, account, amount, Instant.EPOCH);
    }

    @Test
    void countsAndSumsUpEachAccountByItself() throws Exception {
        var operator = operator(null);
        operator.processElement(transaction("a", "t-1", 5), 0);
        operator.processElement(transaction("b", "t-2", 7), 0);
        operator.processElement(transaction("a", "t-3", -2), 0);

        assertThat(operator.extractOutputValues())
                .containsExactly(
                        new Activity("a", "t-1", 1, 5, List.of("t-1")),
                        new Activity("b", "t-2", 1, 7, List.of("t-2")),
                        new Activity("a", "t-3", 2, 3, List.of("t-1", "t-3")));
    }

    /** Not one for each transaction: the totals and the list of each account. */
    @Test
    void takesTwoPlacesInTheStateForEachAccount() throws Exception {
        var operator = operator(null);
        for (int i = 0; i < 100; i++) {
            operator.processElement(transaction("a-" + i % 3, "t-" + i, 1), 0);
        }

        assertThat(operator.numKeyedStateEntries()).isEqualTo(6);
        assertThat(operator.extractOutputValues().get(99).recent())
                .containsExactly("t-87", "t-90", "t-93", "t-96", "t-99");
    }

    @Test
    void goesOnWhereTheSnapshotWas() throws Exception {
        var before = operator(null);
        before.processElement(transaction("a", "t-1", 5), 0);
        OperatorSubtaskState snapshot = before.snapshot(1, 0);
        before.processElement(transaction("a", "t-2", 7), 0); // after the snapshot: it comes again
        var after = operator(snapshot);
        after.processElement(transaction("a", "t-2", 7), 0);

        assertThat(after.extractOutputValues()).containsExactly(new Activity("a", "t-2", 2, 12, List.of("t-1", "t-2")));
    }

    /** Version 3 is there because of it. */
    @Test
    void failsWhereTheSumIsBeyondAnIntRatherThanBeWrong() throws Exception {
        var operator = operator(null);
        operator.processElement(transaction("a", "t-1", Integer.MAX_VALUE), 0);

        assertThatThrownBy(() -> operator.processElement(transaction("a", "t-2", 1), 0))
                .isInstanceOf(ArithmeticException.class);
    }
}
