package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.header;
import static dev.flinkcookbook.latedata.Readings.millis;
import static dev.flinkcookbook.latedata.Readings.reading;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.latedata.OperatorUnderTest.Setting;
import dev.flinkcookbook.latedata.Readings.Reading;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SumUpWindowsTest {

    /** Windows of a minute, refined for another half. */
    private static final LatenessPolicy POLICY = Readings.minutes(Duration.ofSeconds(30));

    private static final long DUE = millis("10:01:00") - 1;
    private static final long CLOSED = millis("10:01:30") - 1;

    private OperatorUnderTest<Arrival, WindowResult> operator =
            Setting.windows(POLICY).start();

    @AfterEach
    void close() {
        operator.close();
    }

    private void arrives(Reading... readings) {
        operator.arrives(Stream.of(readings).map(Reading::arrival));
    }

    private List<String> results() {
        return operator.output().stream().map(Readings::line).toList();
    }

    private List<String> late() {
        return operator.side(SumUpWindows.LATE).stream().map(Readings::place).toList();
    }

    private void balanceIs(long pending, long onTime, long refined, long late) {
        assertThat(List.of(
                        operator.gauge("readingsArrived"),
                        operator.gauge("readingsPending"),
                        operator.gauge("readingsOnTime"),
                        operator.gauge("readingsRefined"),
                        operator.gauge("readingsLate")))
                .as("arrived = pending + on time + refined + late")
                .containsExactly(pending + onTime + refined + late, pending, onTime, refined, late);
    }

    @Nested
    class AWindow {
        @Test
        void isPublishedWhenTheWatermarkHasPassedIt() {
            arrives(
                    reading("s-1").at("10:00:00").celsius("21.4"),
                    reading("s-2").at("10:00:30").celsius("-3"),
                    reading("s-1").at("10:00:59.999").celsius("20"),
                    reading("s-1").at("10:01:00").celsius("19"));

            operator.watermark(DUE - 1);
            assertThat(results()).isEmpty();
            balanceIs(4, 0, 0, 0);

            operator.watermark(DUE);
            assertThat(results())
                    .containsExactlyInAnyOrder(
                            "s-1 10:00-10:01 count 2 min 20 max 21.4 sum 41.4 window 1",
                            "s-2 10:00-10:01 count 1 min -3 max -3 sum -3 window 1");
            balanceIs(1, 3, 0, 0);
            assertThat(operator.counter("windowsFired")).isEqualTo(2);
        }

        @Test
        void holdsWhatIsLateToTheWatermarkAndNotToTheWindow() {
            operator.watermark("10:00:58");

            arrives(reading("s-1").at("10:00:01"));
            operator.watermark(DUE);

            assertThat(results()).containsExactly("s-1 10:00-10:01 count 1 min 20 max 20 sum 20 window 1");
            assertThat(late()).isEmpty();
            balanceIs(0, 1, 0, 0);
        }

        @Test
        void isOneOfManyThatAWatermarkPassesAtOnce() {
            arrives(
                    reading("s-1").at("10:00:01"),
                    reading("s-1").at("10:05:01"),
                    reading("s-1").at("10:02:01"));

            operator.watermark("11:00:00");

            assertThat(results())
                    .containsExactly(
                            "s-1 10:00-10:01 count 1 min 20 max 20 sum 20 window 1",
                            "s-1 10:02-10:03 count 1 min 20 max 20 sum 20 window 1",
                            "s-1 10:05-10:06 count 1 min 20 max 20 sum 20 window 1");
        }
    }

    @Nested
    class WithinTheAllowedLateness {
        @Test
        void eachReadingRefinesTheResult() {
            arrives(reading("s-1").at("10:00:01").celsius("21.4"));
            operator.watermark(DUE);
            arrives(reading("s-1").at("10:00:02").celsius("30"));
            operator.watermark(CLOSED - 1);
            arrives(reading("s-1").at("10:00:59.999").celsius("-1.5"));

            assertThat(results())
                    .containsExactly(
                            "s-1 10:00-10:01 count 1 min 21.4 max 21.4 sum 21.4 window 1",
                            "s-1 10:00-10:01 count 2 min 21.4 max 30 sum 51.4 window 2",
                            "s-1 10:00-10:01 count 3 min -1.5 max 30 sum 49.9 window 3");
            assertThat(late()).isEmpty();
            balanceIs(0, 1, 2, 0);
            assertThat(operator.counter("windowsRefined")).isEqualTo(2);
            assertThat(operator.histogram("behindWatermarkMs").getStatistics().getValues())
                    .containsExactly(57_999, 29_999);
        }

        @Test
        void aReadingMayOpenAWindowThatHadNone() {
            operator.watermark(DUE);

            arrives(reading("s-1").at("10:00:02"));

            assertThat(results()).containsExactly("s-1 10:00-10:01 count 1 min 20 max 20 sum 20 window 1");
            balanceIs(0, 0, 1, 0);
        }
    }

    @Nested
    class AfterTheAllowedLateness {
        private final Reading late = reading("s-1")
                .at("10:00:59.999")
                .on(3, 14)
                .keyed("k")
                .header("trace", "1")
                .header("none", null);

        @Test
        void aReadingGoesAsideAsItCame() {
            arrives(reading("s-1").at("10:00:01"));
            operator.watermark(CLOSED);

            arrives(late);

            assertThat(results()).containsExactly("s-1 10:00-10:01 count 1 min 20 max 20 sum 20 window 1");
            KafkaRecord record = operator.side(SumUpWindows.LATE).get(0);
            assertThat(operator.side(SumUpWindows.LATE)).hasSize(1);
            assertThat(record.key()).isEqualTo(late.key());
            assertThat(record.value()).isEqualTo(late.value());
            assertThat(record.timestamp()).isEqualTo(KafkaRecord.NO_TIMESTAMP);
            assertThat(record.headers().toArray())
                    .extracting(header ->
                            header.key() + "=" + (header.value() == null ? "null" : header(record, header.key())))
                    .containsExactly(
                            "trace=1",
                            "none=null",
                            "late.topic=readings",
                            "late.partition=3",
                            "late.offset=14",
                            "late.timestamp=" + millis("10:00:59.999"),
                            "late.watermark=2026-01-01T10:01:29.999Z",
                            "late.by=PT30S",
                            "late.window-start=2026-01-01T10:00:00Z",
                            "late.window-end=2026-01-01T10:01:00Z");
            balanceIs(0, 1, 0, 1);
            assertThat(operator.histogram("behindWatermarkMs").getStatistics().getValues())
                    .containsExactly(30_000);
        }

        @Test
        void aMillisecondEarlierItRefinesAndAMillisecondLaterItIsLateToo() {
            operator.watermark(CLOSED - 1);
            arrives(late.on(0, 1));
            operator.watermark(CLOSED);
            arrives(late.on(0, 2));
            operator.watermark(CLOSED + 1);
            arrives(late.on(0, 3));

            assertThat(results()).hasSize(1);
            assertThat(late()).containsExactly("readings-0@2", "readings-0@3");
            balanceIs(0, 0, 1, 2);
        }

        @Test
        void theNextWindowIsStillOpen() {
            operator.watermark(CLOSED);

            arrives(reading("s-1").at("10:01:00"));
            operator.watermark("10:05:00");

            assertThat(results()).containsExactly("s-1 10:01-10:02 count 1 min 20 max 20 sum 20 window 1");
            assertThat(late()).isEmpty();
        }

        @Test
        void withoutAnyAllowedAReadingIsLateAtTheEndOfItsWindow() {
            operator.close();
            operator = Setting.windows(Readings.minutes(Duration.ZERO)).start();
            arrives(reading("s-1").at("10:00:01").on(0, 1));
            operator.watermark(DUE);

            arrives(reading("s-1").at("10:00:02").on(0, 2));

            assertThat(results()).containsExactly("s-1 10:00-10:01 count 1 min 20 max 20 sum 20 window 1");
            assertThat(late()).containsExactly("readings-0@2");
            assertThat(operator.entries()).isZero();
            assertThat(operator.timers()).isZero();
        }
    }

    @Nested
    class TheState {
        private void fillAndEmpty() {
            arrives(IntStream.range(0, 1_000)
                    .mapToObj(i -> reading("s-" + i).at(i % 2 == 0 ? "10:00:05" : "10:00:55"))
                    .toArray(Reading[]::new));
            operator.watermark(DUE);
            arrives(IntStream.range(1_000, 1_100)
                    .mapToObj(i -> reading("s-" + i).at("10:00:59"))
                    .toArray(Reading[]::new));
            assertThat(operator.entries()).as("kept to be refined").isGreaterThanOrEqualTo(1_100);
            assertThat(operator.timers()).isEqualTo(1_100);

            operator.watermark(CLOSED);

            operator.snapshot(); // RocksDB deletes timers in batches, and the last one with a snapshot.
            assertThat(results()).hasSize(1_100);
            assertThat(operator.entries()).isZero();
            assertThat(operator.timers()).isZero();
            balanceIs(0, 1_000, 100, 0);
        }

        @Test
        void isEmptyWhenAllWindowsAreClosed() {
            fillAndEmpty();
        }

        @Test
        void isEmptyOnRocksDbToo() {
            operator.close();
            operator = Setting.windows(POLICY)
                    .on(new EmbeddedRocksDBStateBackend())
                    .start();
            fillAndEmpty();
        }

        @Test
        void takesTheSumsFromTheHeapWithEachSnapshotAndWhenThereAreManyOfThem() {
            arrives(reading("s-1").at("10:00:05"), reading("s-1").at("10:00:06"));
            assertThat(operator.entries()).isZero();
            operator.snapshot();
            assertThat(operator.entries()).isEqualTo(1);

            arrives(reading("s-1").at("10:00:07"));
            operator.snapshot();
            arrives(reading("s-1").at("10:00:08"));
            operator.watermark(DUE);
            assertThat(results()).containsExactly("s-1 10:00-10:01 count 4 min 20 max 20 sum 80 window 1");

            operator.arrives(IntStream.range(0, 100_000)
                    .mapToObj(i -> reading("s-" + i).at("10:01:05").arrival()));
            assertThat(operator.entries()).as("sensors").isEqualTo(100_000);
        }
    }
}
