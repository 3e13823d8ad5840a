package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class NewestRowsTest {

    private final NewestRows rows = new NewestRows(3);

    private void add(int id, String value) {
        rows.add(new ConsumerRecord<>(
                "view", 0, 0, ChangeDocument.key(id), value == null ? null : value.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void areThoseThatACompactedTopicWouldKeep() {
        add(0, "{\"version\":1}");
        add(1, "{\"version\":1}");
        add(0, "{\"version\":2}");
        add(1, null);
        add(2, null);
        add(2, "{\"version\":7}");

        assertThatNoException().isThrownBy(() -> rows.require(new int[] {2, ChangeTopic.DELETED, 7}));
    }

    @Test
    void areCountedWhereTheyAreWrong() {
        add(0, "{\"version\":1}");
        add(1, "{\"version\":1}");

        assertThatThrownBy(() -> rows.require(new int[] {1, ChangeTopic.DELETED, 7}))
                .hasMessage("2 rows are wrong, the first is 1: version 1, expected deleted");
        assertThatThrownBy(() -> rows.require(new int[] {1, 1, 7}))
                .hasMessage("1 rows are wrong, the first is 2: never seen, expected version 7");
        assertThatThrownBy(() -> add(3, "{\"version\":1}")).hasMessageContaining("never went in");
    }
}
