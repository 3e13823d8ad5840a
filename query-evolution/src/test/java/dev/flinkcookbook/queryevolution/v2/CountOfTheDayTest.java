package dev.flinkcookbook.queryevolution.v2;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.operators.StreamMap;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CountOfTheDayTest {

    private KeyedOneInputStreamOperatorTestHarness<String, Transaction, NumberedTransaction> operator;

    @BeforeEach
    void open() throws Exception {
        operator = new KeyedOneInputStreamOperatorTestHarness<>(
                new StreamMap<>(new CountOfTheDay()), Transaction::account, Types.STRING);
        operator.open();
    }

    @AfterEach
    void close() throws Exception {
        operator.close();
    }

    private void transaction(String account, String at) throws Exception {
        operator.processElement(new Transaction("t", account, 1, Instant.parse(at)), 0);
    }

    @Test
    void beginsAnewWithEachDayOfTheAccount() throws Exception {
        transaction("a", "2026-01-01T00:00:00Z");
        transaction("a", "2026-01-01T23:59:59.999Z");
        transaction("b", "2026-01-01T12:00:00Z");
        transaction("a", "2026-01-02T00:00:00Z");

        assertThat(operator.extractOutputValues())
                .extracting(NumberedTransaction::ofTheDay)
                .containsExactly(1, 2, 1, 1);
    }

    @Test
    void forgetsAnAccountThatIsSilent() throws Exception {
        operator.setStateTtlProcessingTime(0);
        transaction("a", "2026-01-01T10:00:00Z");
        operator.setStateTtlProcessingTime(
                CountOfTheDay.KEPT.plus(Duration.ofMillis(1)).toMillis());
        transaction("a", "2026-01-01T11:00:00Z");

        assertThat(operator.extractOutputValues())
                .extracting(NumberedTransaction::ofTheDay)
                .containsExactly(1, 1);
    }
}
