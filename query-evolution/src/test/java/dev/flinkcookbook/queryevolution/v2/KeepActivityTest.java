package dev.flinkcookbook.queryevolution.v2;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.operators.StreamMap;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KeepActivityTest {

    private KeyedOneInputStreamOperatorTestHarness<String, NumberedTransaction, Activity> operator;

    @BeforeEach
    void open() throws Exception {
        operator = new KeyedOneInputStreamOperatorTestHarness<>(
                new StreamMap<>(new KeepActivity()),
                numbered -> numbered.transaction().account(),
                Types.STRING);
        operator.open();
    }

    @AfterEach
    void close() throws Exception {
        operator.close();
    }

    private void transaction(String id, int amount) throws Exception {
        operator.processElement(new NumberedTransaction(new Transaction(id, "a", amount, Instant.EPOCH), 1), 0);
    }

    @Test
    void knowsTheLargestAmountThatCameIn() throws Exception {
        transaction("t-1", -9);
        transaction("t-2", 7);
        transaction("t-3", 2);

        assertThat(operator.extractOutputValues())
                .containsExactly(
                        new Activity("a", "t-1", 1, -9, List.of("t-1"), 0, 1),
                        new Activity("a", "t-2", 2, -2, List.of("t-1", "t-2"), 7, 1),
                        new Activity("a", "t-3", 3, 0, List.of("t-1", "t-2", "t-3"), 7, 1));
    }

    /** Each entry of the list has a time of its own. */
    @Test
    void forgetsTheLastTransactionsAndNotTheTotalsOfAnAccountThatIsSilent() throws Exception {
        operator.setStateTtlProcessingTime(0);
        transaction("t-1", 7);
        operator.setStateTtlProcessingTime(
                KeepActivity.RECENT.plus(Duration.ofMillis(1)).toMillis());
        transaction("t-2", 1);

        assertThat(operator.extractOutputValues().get(1))
                .isEqualTo(new Activity("a", "t-2", 2, 8, List.of("t-2"), 7, 1));
    }
}
