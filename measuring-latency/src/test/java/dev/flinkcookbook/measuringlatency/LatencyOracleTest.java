package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.Verdict;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An oracle that cannot fail is none. */
class LatencyOracleTest {

    private final LatencyOracle oracle = new LatencyOracle(Duration.ofSeconds(10));

    private static ConsumerRecord<byte[], byte[]> record(String json) {
        return new ConsumerRecord<>("any", 0, 0, null, json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private void result(String id, long seenAt) {
        oracle.output(
                record("{'id':'%s','payload':'','sentAt':1000,'kafkaTimestamp':1001,'readAt':1003,'operatorIn':1010,"
                                .formatted(id)
                        + "'windowOver':1014,'released':1017,'operatorOut':1020}"),
                seenAt);
    }

    @BeforeEach
    void twoEventsAndGarbage() {
        oracle.input(record("{'id':'a','sentAt':1000,'payload':''}"));
        oracle.input(record("{'id':'b','sentAt':1000,'payload':''}"));
        oracle.input(record("{'id':"));
        oracle.deadLetter();
        result("a", 1500);
    }

    @Test
    void passesIfEachCameOutOnceAndSaysHowLongItTook() {
        result("b", 2500);

        Verdict verdict = oracle.verdict();
        assertThat(verdict.pass()).isTrue();
        assertThat(verdict.more().get("p50_ms")).isEqualTo(500L);
        assertThat(verdict.more().get("p99_ms")).isEqualTo(1500L);
        assertThat(oracle.percentile(Stage.IN_KAFKA, 99)).isEqualTo(2);
        assertThat(oracle.percentile(Stage.WINDOW_WAIT, 50)).isEqualTo(4);
        assertThat(oracle.percentile(Stage.WATERMARK_LAG, 50)).isEqualTo(3);
        assertThat(oracle.percentile(Stage.UNTIL_VISIBLE, 50)).isEqualTo(480);
    }

    @Test
    void aResultWithoutStampsCountsAsDeliveredAndNotAsMeasured() {
        oracle.output(record("{'id':'b','payload':''}"), 99_999);

        assertThat(oracle.verdict().pass()).isTrue();
        assertThat(oracle.percentile(Stage.END_TO_END, 100)).isEqualTo(500);
    }

    @Test
    void seesALoss() {
        assertThat(oracle.verdict().lost()).isOne();
        assertThat(oracle.verdict().pass()).isFalse();
    }

    @Test
    void seesARepeat() {
        result("b", 2500);
        result("b", 2600);

        assertThat(oracle.verdict().duplicated()).isOne();
        assertThat(oracle.verdict().pass()).isFalse();
    }

    @Test
    void seesWhatNobodyHasSent() {
        result("b", 2500);
        result("c", 2500);

        assertThat(oracle.verdict().pass()).isFalse();
    }

    @Test
    void seesADeadLetterTooMany() {
        result("b", 2500);
        oracle.deadLetter();

        assertThat(oracle.verdict().pass()).isFalse();
    }
}
