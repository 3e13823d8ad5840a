package dev.flinkcookbook.queryevolution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.queryevolution.TransactionsOracle.Output;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class TransactionsOracleTest {

    private final TransactionsOracle oracle = new TransactionsOracle(Output.ACTIVITY);
    private long offset;

    private void input(String json) {
        oracle.input(record(json));
    }

    private void output(String json) {
        oracle.output(record(json));
    }

    private ConsumerRecord<byte[], byte[]> record(String json) {
        return new ConsumerRecord<>("t", 0, offset++, null, json.getBytes(StandardCharsets.UTF_8));
    }

    private static String transaction(String id, int amount) {
        return "{\"id\":\"%s\",\"account\":\"a\",\"amount\":%d,\"at\":\"2026-01-01T10:00:00Z\"}".formatted(id, amount);
    }

    private static String activity(String id, int count, int sum, String recent) {
        return "{\"account\":\"a\",\"transaction\":\"%s\",\"count\":%d,\"sum\":%d,\"recent\":[%s]}"
                .formatted(id, count, sum, recent);
    }

    @Nested
    class OfTwoTransactions {
        {
            input(transaction("t-1", 7));
            input(transaction("t-2", -2));
            output(activity("t-1", 1, 7, "\"t-1\""));
        }

        @Test
        void passesWhatIsRightWhateverElseALaterVersionSays() {
            output(activity("t-2", 2, 5, "\"t-1\",\"t-2\"").replace("}", ",\"largest\":7}"));

            assertThat(oracle.verdict().pass()).isTrue();
            assertThat(oracle.verdict().expected()).isEqualTo(2);
            assertThat(oracle.verdict().delivered()).isEqualTo(2);
        }

        @Test
        void seesALoss() {
            assertThat(oracle.verdict().pass()).isFalse();
            assertThat(oracle.verdict().lost()).isEqualTo(1);
            assertThat(oracle.verdict().duplicated()).isZero();
        }

        @Test
        void seesARepeat() {
            output(activity("t-2", 2, 5, "\"t-1\",\"t-2\""));
            output(activity("t-2", 2, 5, "\"t-1\",\"t-2\""));

            assertThat(oracle.verdict().pass()).isFalse();
            assertThat(oracle.verdict().lost()).isZero();
            assertThat(oracle.verdict().duplicated()).isEqualTo(1);
        }

        @Test
        void seesAStateThatStartedAnew() {
            output(activity("t-2", 1, -2, "\"t-2\""));

            assertThat(oracle.verdict().pass()).isFalse();
            assertThat(oracle.verdict().lost()).isEqualTo(1);
            assertThat(oracle.verdict().duplicated()).isEqualTo(1);
        }

        @Test
        void seesGarbageThatIsNoDeadLetter() {
            output(activity("t-2", 2, 5, "\"t-1\",\"t-2\""));
            input("{");

            assertThat(oracle.verdict().pass()).isFalse();
            assertThat(oracle.verdict().lost()).isZero();
        }
    }
}
