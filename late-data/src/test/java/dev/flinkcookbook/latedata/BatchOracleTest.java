package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.reading;
import static dev.flinkcookbook.latedata.Readings.time;
import static dev.flinkcookbook.latedata.Readings.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.latedata.Readings.Reading;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The oracle passes what is right and sees every way to be wrong. */
class BatchOracleTest {

    private final BatchOracle oracle = new BatchOracle(Duration.ofMinutes(1), Duration.ofMinutes(1));

    private final Reading first = reading("s-1").at("10:00:10").celsius("20.5").on(0, 0);
    private final Reading second = reading("s-1").at("10:00:20").celsius("21").on(0, 1);
    private final Reading third = reading("s-1").at("10:00:30").celsius("-1").on(0, 2);
    private final KafkaRecord garbage = new KafkaRecord(
            "readings", 0, 3, 0, null, utf8("no json"), first.record().headers());

    @BeforeEach
    void input() {
        for (Reading reading : new Reading[] {first, second, third}) {
            oracle.input(consumed(reading.record()));
        }
        oracle.input(consumed(garbage));
    }

    private static ConsumerRecord<byte[], byte[]> consumed(KafkaRecord record) {
        return new ConsumerRecord<>(
                "topic",
                record.partition(),
                record.offset(),
                record.timestamp(),
                TimestampType.CREATE_TIME,
                0,
                0,
                record.key(),
                record.value(),
                record.headers(),
                Optional.empty());
    }

    private void result(WindowResult.Origin origin, long revision, long count, String min, String max, String sum) {
        Totals totals = new Totals(count, new BigDecimal(min), new BigDecimal(max), new BigDecimal(sum));
        oracle.output(consumed(WindowResultJson.record(
                new WindowResult("s-1", time("10:00:00"), time("10:01:00"), totals, origin, revision))));
    }

    private void windowOfTwo() {
        result(WindowResult.Origin.WINDOW, 1, 2, "20.5", "21", "41.5");
    }

    private void correctionOfThree() {
        result(WindowResult.Origin.CORRECTION, 2, 3, "-1", "21", "40.5");
    }

    private void late() {
        oracle.late(consumed(LateRecords.of(third.arrival(), time("10:00:00"), time("10:01:00"), time("10:02:00"))));
    }

    private void deadLetter() {
        oracle.deadLetter(consumed(DeadLetters.of(garbage, "not-json", "")));
    }

    private String failings() {
        BatchOracle.Result result = oracle.result();
        return "lost %d duplicated %d wrong %d reopened %d unaccounted %d"
                .formatted(result.lost(), result.duplicated(), result.wrong(), result.reopened(), result.unaccounted());
    }

    @Test
    void passesWhatIsRight() {
        windowOfTwo();
        late();
        correctionOfThree();
        deadLetter();

        assertThat(failings()).isEqualTo("lost 0 duplicated 0 wrong 0 reopened 0 unaccounted 0");
        assertThat(oracle.result()).isEqualTo(new BatchOracle.Result(3, 3, 0, 0, 0, 0, 2, 0, 1, 1, 0, 1, 1, 1));
        assertThat(oracle.result().isThatOfABatch()).isTrue();
    }

    @Test
    void doesNotPassNothing() {
        assertThat(new BatchOracle(Duration.ofMinutes(1), Duration.ZERO)
                        .result()
                        .isThatOfABatch())
                .isFalse();
    }

    @Test
    void seesAReadingThatIsNotCounted() {
        windowOfTwo();
        deadLetter();
        assertThat(failings()).isEqualTo("lost 1 duplicated 0 wrong 0 reopened 0 unaccounted 1");
        late();
        assertThat(failings())
                .as("known to be late, not yet corrected")
                .startsWith("lost 1")
                .endsWith("unaccounted 0");
        assertThat(oracle.result().isThatOfABatch()).isFalse();
    }

    @Test
    void seesAReadingThatIsCountedTwice() {
        windowOfTwo();
        late();
        deadLetter();
        result(WindowResult.Origin.CORRECTION, 3, 4, "-1", "21", "39.5");
        assertThat(failings()).isEqualTo("lost 0 duplicated 1 wrong 0 reopened 0 unaccounted 0");
    }

    @Test
    void seesAWrongValue() {
        windowOfTwo();
        late();
        deadLetter();
        result(WindowResult.Origin.CORRECTION, 2, 3, "-1", "21", "40.500000001");
        assertThat(failings()).isEqualTo("lost 0 duplicated 0 wrong 1 reopened 0 unaccounted 0");
        result(WindowResult.Origin.CORRECTION, 2, 3, "0", "21", "40.5");
        assertThat(failings()).contains("wrong 1");
        result(WindowResult.Origin.CORRECTION, 2, 3, "-1", "21.1", "40.5");
        assertThat(failings()).contains("wrong 1");
        correctionOfThree();
        assertThat(failings()).contains("wrong 0");
    }

    @Test
    void seesAWindowThatWasOpenedAgain() {
        windowOfTwo();
        deadLetter();
        result(WindowResult.Origin.WINDOW, 1, 1, "-1", "-1", "-1");
        assertThat(failings()).isEqualTo("lost 2 duplicated 0 wrong 0 reopened 1 unaccounted 2");
    }

    /** With a reading as the last record there is nothing by which to tell. */
    @Test
    void doesNotTakeAPartitionForReadThatDoesNotEndWithADeadLetter() {
        deadLetter();
        assertThat(oracle.hasTheLastDeadLetters()).isTrue();
        oracle.input(consumed(reading("s-1").on(1, 0).record()));
        assertThat(oracle.hasTheLastDeadLetters()).isFalse();
    }

    @Test
    void seesDeadLettersThatAreMissingOrTooMany() {
        windowOfTwo();
        late();
        correctionOfThree();
        assertThat(oracle.hasTheLastDeadLetters()).isFalse();
        assertThat(failings()).startsWith("lost 1 duplicated 0");
        deadLetter();
        assertThat(oracle.hasTheLastDeadLetters()).isTrue();
        deadLetter();
        oracle.deadLetter(consumed(DeadLetters.of(first.record(), "not-json", "")));
        assertThat(failings()).startsWith("lost 0 duplicated 2");
    }

    @Test
    void seesALateRecordThatIsRepeated() {
        windowOfTwo();
        late();
        late();
        deadLetter();
        correctionOfThree();
        assertThat(failings()).startsWith("lost 0 duplicated 1");
    }
}
