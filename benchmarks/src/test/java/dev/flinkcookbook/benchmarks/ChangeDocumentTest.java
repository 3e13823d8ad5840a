package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ChangeDocumentTest {

    private static JsonNode read(byte[] document) throws Exception {
        return new JsonMapper().readTree(document);
    }

    @Test
    void isTheSameForTheSamePlaceAndRow() {
        assertThat(ChangeDocument.update(7, 3, 2)).isEqualTo(ChangeDocument.update(7, 3, 2));
        assertThat(ChangeDocument.update(7, 3, 2)).isNotEqualTo(ChangeDocument.update(8, 3, 2));
        assertThat(ChangeDocument.update(7, 3, 2)).isNotEqualTo(ChangeDocument.update(7, 4, 2));
    }

    @Test
    void saysWhatWasBeforeAsItSaidItThen() throws Exception {
        JsonNode inserted = read(ChangeDocument.insert(0, 3, 1));
        JsonNode updated = read(ChangeDocument.update(7, 3, 2));
        JsonNode deleted = read(ChangeDocument.delete(9, 3, 2));

        assertThat(inserted.get("before").isNull()).isTrue();
        assertThat(updated.get("before")).isEqualTo(inserted.get("after"));
        assertThat(deleted.get("before")).isEqualTo(updated.get("after"));
        assertThat(deleted.get("after").isNull()).isTrue();
        assertThat(updated.get("after").get("version").intValue()).isEqualTo(2);
        assertThat(inserted.get("op").textValue()
                        + updated.get("op").textValue()
                        + deleted.get("op").textValue())
                .isEqualTo("cud");
        assertThat(read(ChangeDocument.updateWithoutBefore(7, 3, 2))
                        .get("before")
                        .isNull())
                .isTrue();
    }

    @Test
    void hasThreeChangesInATransactionAndLogSequenceNumbersThatGrow() throws Exception {
        long last = 0;
        long lastOfTransactionBefore = 0;
        for (int change = 0; change < 9; change++) {
            JsonNode envelope = read(ChangeDocument.insert(change, change, 1));
            JsonNode source = envelope.get("source");
            long lsn = source.get("lsn").longValue();
            JsonNode sequence = read(source.get("sequence").textValue().getBytes(StandardCharsets.UTF_8));
            long commitBefore = Long.parseLong(sequence.get(0).textValue());
            if (change % 3 == 0) {
                lastOfTransactionBefore = last;
            }

            assertThat(lsn)
                    .isGreaterThan(last)
                    .isEqualTo(Long.parseLong(sequence.get(1).textValue()));
            assertThat(commitBefore).isGreaterThan(lastOfTransactionBefore).isLessThan(lsn);
            assertThat(source.get("txId").longValue()).isEqualTo(746 + change / 3);
            assertThat(envelope.get("transaction").get("total_order").intValue())
                    .isEqualTo(1 + change % 3);
            last = lsn;
        }
    }

    @Test
    void tellsTheVersionOfARowAndOfAChange() {
        assertThat(ChangeDocument.versionOf(ChangeDocument.update(7, 3, 12))).isEqualTo(12);
        assertThat(version("{\"id\":3,\"version\":4}")).isEqualTo(4);
        assertThat(version("{\"version\":4,\"note\":\"version\"}")).isEqualTo(4);
        assertThatThrownBy(() -> version("{\"id\":3}")).isInstanceOf(IllegalStateException.class);
    }

    private static int version(String row) {
        return ChangeDocument.versionOf(row.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void hasTheKeyOfItsRow() {
        assertThat(ChangeDocument.idOf(ChangeDocument.key(123_456))).isEqualTo(123_456);
        assertThatThrownBy(() -> ChangeDocument.idOf("{\"order\":1}".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("{\"order\":1}");
    }
}
