package dev.flinkcookbook.queryevolution.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransactionReaderTest {

    private static final String GOOD =
            "{\"id\":\"t-1\",\"account\":\"a\",\"amount\":-5,\"at\":\"2026-01-01T10:00:00Z\"}";

    private static Transaction read(String json) throws TransactionRefusedException {
        return new TransactionReader().read(json == null ? null : json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsATransactionAndLeavesOutWhatItDoesNotKnow() throws Exception {
        Transaction expected = new Transaction("t-1", "a", -5, Instant.parse("2026-01-01T10:00:00Z"));
        assertThat(read(GOOD)).isEqualTo(expected);
        assertThat(read(GOOD.replace("}", ",\"currency\":\"EUR\"}"))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"t-1\"; null; incomplete",
                "\"t-1\"; \" \"; incomplete",
                "\"a\"; null; incomplete",
                "\"2026-01-01T10:00:00Z\"; null; incomplete",
                "\"2026-01-01T10:00:00Z\"; \"ten\"; not-a-transaction",
                "-5; 1.5; not-a-transaction",
                "-5; \"5\"; not-a-transaction",
                "-5; 2147483648; not-a-transaction",
                "-5; 1e99999999; not-a-transaction",
                "\"amount\":-5,; ''; not-a-transaction",
                "}; ''; not-a-transaction",
                "}; }{}; not-a-transaction",
                "\"id\"; \"account\":\"b\",\"id\"; not-a-transaction"
            })
    void refuses(String part, String instead, String reason) {
        assertThatThrownBy(() -> read(GOOD.replace(part, instead)))
                .isInstanceOfSatisfying(
                        TransactionRefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(reason));
    }

    @Test
    void refusesNothingAtAll() {
        assertThatThrownBy(() -> read(null)).hasMessage("a record without a value is no transaction");
        assertThatThrownBy(() -> read("null")).hasMessage("null is no transaction");
    }
}
