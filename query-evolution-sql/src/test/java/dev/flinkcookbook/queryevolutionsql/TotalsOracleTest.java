package dev.flinkcookbook.queryevolutionsql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An oracle that cannot fail is none. */
class TotalsOracleTest {

    private final TotalsOracle oracle = new TotalsOracle();

    private static ConsumerRecord<byte[], byte[]> record(String json) {
        return new ConsumerRecord<>("any", 0, 0, null, json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private void payment(String account, int amount) {
        oracle.input(record("{'id':'p','account':'%s','amount':%d}".formatted(account, amount)));
    }

    private void total(String account, int payments, int total) {
        oracle.output(record("{'account':'%s','payments':%d,'total':%d}".formatted(account, payments, total)));
    }

    @BeforeEach
    void twoPaymentsOfOneAccountAndOneOfAnother() {
        payment("a", 5);
        payment("a", 7);
        payment("b", 1);
        total("a", 1, 5);
    }

    @Test
    void passesAStatementThatIsRight() {
        total("a", 2, 12);
        total("b", 1, 1);

        assertThat(oracle.verdict().pass()).isTrue();
        assertThat(oracle.verdict().more()).isEqualTo(Map.of("accounts", 2, "wrong_totals", 0L, "wrong_steps", 0L));
    }

    @Test
    void seesALoss() {
        total("b", 1, 1);

        assertThat(oracle.verdict().lost()).isOne();
        assertThat(oracle.verdict().pass()).isFalse();
    }

    @Test
    void seesARepeat() {
        total("a", 2, 12);
        total("b", 1, 1);
        total("b", 2, 2);

        assertThat(oracle.verdict().duplicated()).isOne();
        assertThat(oracle.verdict().pass()).isFalse();
    }

    @Test
    void seesAWrongTotal() {
        total("a", 2, 13);
        total("b", 1, 1);

        assertThat(oracle.verdict().more().get("wrong_totals")).isEqualTo(1L);
        assertThat(oracle.verdict().pass()).isFalse();
    }

    @Test
    void seesATotalThatCameTwice() {
        total("a", 1, 5);
        total("a", 2, 12);
        total("b", 1, 1);

        assertThat(oracle.verdict().more().get("wrong_steps")).isEqualTo(1L);
        assertThat(oracle.verdict().pass()).isFalse();
    }
}
