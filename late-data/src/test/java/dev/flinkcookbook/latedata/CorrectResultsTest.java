package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.header;
import static dev.flinkcookbook.latedata.Readings.millis;
import static dev.flinkcookbook.latedata.Readings.reading;
import static dev.flinkcookbook.latedata.Readings.time;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.latedata.OperatorUnderTest.Setting;
import dev.flinkcookbook.latedata.Readings.Reading;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class CorrectResultsTest {

    private static final Duration WITHIN = Duration.ofHours(1);

    /** The watermark at which the window from ten to a minute past is settled, and the one at which it is forgotten. */
    private static final long SETTLED = millis("10:01:00") - 1;

    private static final long FORGOTTEN = millis("11:01:00") - 1;

    private final WindowPartReader reader = new WindowPartReader("readings.windows");

    private OperatorUnderTest<WindowPart, Correction> operator = setting().start();

    private static Setting<WindowPart, Correction> setting() {
        return setting(WITHIN);
    }

    private static Setting<WindowPart, Correction> setting(Duration within) {
        return Setting.of(new KeyedProcessOperator<>(new CorrectResults(within)), WindowPart::key, WindowPart::time);
    }

    @AfterEach
    void close() {
        operator.close();
    }

    private static WindowResult result(long count, String sum, long revision) {
        return new WindowResult(
                "s-1",
                time("10:00:00"),
                time("10:01:00"),
                new Totals(count, BigDecimal.ONE, BigDecimal.TEN, new BigDecimal(sum)),
                WindowResult.Origin.WINDOW,
                revision);
    }

    private void publishes(WindowResult result) {
        arrives(in("readings.windows", WindowResultJson.record(result)));
    }

    /** As the window job writes them. */
    private void late(Reading... readings) {
        for (Reading reading : readings) {
            arrives(lateRecord(reading));
        }
    }

    private static KafkaRecord lateRecord(Reading reading) {
        KafkaRecord late = LateRecords.of(reading.arrival(), time("10:00:00"), time("10:01:00"), time("10:02:00"));
        return in("readings.late", late);
    }

    private static KafkaRecord in(String topic, KafkaRecord written) {
        return new KafkaRecord(topic, 0, 0, 0, written.key(), written.value(), written.headers());
    }

    private void arrives(KafkaRecord record) {
        operator.arrives(reader.read(record).stream());
    }

    private static Reading at(String celsius, long offset) {
        return reading("s-1").at("10:00:30").celsius(celsius).on(0, offset);
    }

    private List<String> corrections() {
        return operator.output().stream()
                .map(correction -> Readings.line(correction.result()))
                .toList();
    }

    private void balanceIs(long waiting, long corrected, long repeated, long tooLate) {
        assertThat(List.of(
                        operator.gauge("lateReadingsArrived"),
                        operator.gauge("lateReadingsWaiting"),
                        operator.gauge("lateReadingsCorrected"),
                        operator.gauge("lateReadingsRepeated"),
                        operator.gauge("lateReadingsTooLate")))
                .as("arrived = waiting + corrected + repeated + too late")
                .containsExactly(waiting + corrected + repeated + tooLate, waiting, corrected, repeated, tooLate);
    }

    @Nested
    class ACorrection {
        @Test
        void waitsUntilAResultOfALaterWindowWasRead() {
            late(at("4", 1));
            operator.watermark(SETTLED - 1);
            assertThat(corrections()).as("its window's result may be read yet").isEmpty();
            balanceIs(1, 0, 0, 0);

            publishes(result(2, "11", 1));
            operator.watermark(SETTLED);

            assertThat(corrections()).containsExactly("s-1 10:00-10:01 count 3 min 1 max 10 sum 15 correction 2");
            balanceIs(0, 1, 0, 0);
        }

        @Test
        void followsEachLateReadingFromThenOn() {
            publishes(result(2, "11", 1));
            operator.watermark(SETTLED);

            late(at("4", 1), at("-5", 2));

            assertThat(corrections())
                    .containsExactly(
                            "s-1 10:00-10:01 count 3 min 1 max 10 sum 15 correction 2",
                            "s-1 10:00-10:01 count 4 min -5 max 10 sum 10 correction 3");
        }

        @Test
        void mayBeOfLateReadingsAlone() {
            late(at("4", 1));

            operator.watermark(SETTLED);

            assertThat(corrections()).containsExactly("s-1 10:00-10:01 count 1 min 4 max 4 sum 4 correction 1");
        }

        @Test
        void followsAResultThatIsReadOnlyNow() {
            late(at("4", 1));
            operator.watermark(SETTLED);

            publishes(result(3, "16", 2));

            assertThat(corrections())
                    .containsExactly(
                            "s-1 10:00-10:01 count 1 min 4 max 4 sum 4 correction 1",
                            "s-1 10:00-10:01 count 4 min 1 max 10 sum 20 correction 3");
            balanceIs(0, 1, 0, 0);
        }

        @Test
        void isNotMadeWithoutALateReading() {
            publishes(result(2, "11", 1));
            operator.watermark(SETTLED);
            publishes(result(3, "16", 2));
            assertThat(corrections()).isEmpty();
        }
    }

    @Nested
    class AReplay {
        /** The window job was at least once, or went back to an older savepoint. */
        @Test
        void countsEachLateReadingOnceByTopicPartitionAndOffset() {
            publishes(result(2, "11", 1));
            operator.watermark(SETTLED);

            late(at("4", 1), at("4", 1), at("4", 2), at("4", 1).on(1, 1), at("4", 2));

            assertThat(corrections())
                    .containsExactly(
                            "s-1 10:00-10:01 count 3 min 1 max 10 sum 15 correction 2",
                            "s-1 10:00-10:01 count 4 min 1 max 10 sum 19 correction 3",
                            "s-1 10:00-10:01 count 5 min 1 max 10 sum 23 correction 4");
            balanceIs(0, 3, 2, 0);
        }

        /** The repeated result stands behind the correction, and would be the newest for good. */
        @Test
        void ofAResultIsFollowedByItsCorrectionOnceMore() {
            publishes(result(1, "10", 1));
            publishes(result(2, "11", 2));
            operator.watermark(SETTLED);
            late(at("4", 1));

            publishes(result(1, "10", 1));
            publishes(result(2, "11", 2));

            assertThat(corrections())
                    .containsExactly(
                            "s-1 10:00-10:01 count 3 min 1 max 10 sum 15 correction 3",
                            "s-1 10:00-10:01 count 3 min 1 max 10 sum 15 correction 3",
                            "s-1 10:00-10:01 count 3 min 1 max 10 sum 15 correction 3");
            balanceIs(0, 1, 0, 0);
        }

        @Test
        void ofACorrectionIsFollowedByNothing() {
            publishes(result(2, "11", 1));
            operator.watermark(SETTLED);
            late(at("4", 1));

            arrives(in(
                    "readings.windows",
                    WindowResultJson.record(operator.output().get(0))));

            assertThat(corrections()).hasSize(1);
        }

        /** Compaction has deleted the window's result: only the correction is left, and what it carries. */
        @Test
        void fromTheBeginningOfACompactedTopicGivesTheSameCorrection() {
            publishes(result(2, "11", 1));
            operator.watermark(SETTLED);
            late(at("4", 1), at("5", 2));
            KafkaRecord newest = in(
                    "readings.windows",
                    WindowResultJson.record(operator.output().get(1)));
            operator.close();
            operator = setting().start();

            late(at("4", 1), at("5", 2));
            arrives(newest);
            operator.watermark(SETTLED);

            assertThat(corrections()).containsExactly("s-1 10:00-10:01 count 4 min 1 max 10 sum 20 correction 3");
        }

        @Test
        void controlFromALateTopicThatHasLostReadingsMakesTheCorrectionWrong() {
            publishes(result(2, "11", 1));
            operator.watermark(SETTLED);
            late(at("4", 1), at("5", 2));
            KafkaRecord newest = in(
                    "readings.windows",
                    WindowResultJson.record(operator.output().get(1)));
            operator.close();
            operator = setting().start();

            late(at("5", 2));
            arrives(newest);
            operator.watermark(SETTLED);

            assertThat(corrections()).containsExactly("s-1 10:00-10:01 count 3 min 1 max 10 sum 16 correction 2");
        }

        @Test
        void controlOfALateReadingInACompactedTopicWouldReplaceTheResultIfTheCorrectionCarriedNothing() {
            publishes(result(2, "11", 1));
            operator.watermark(SETTLED);
            late(at("4", 1));
            Correction carriesNothing = new Correction(operator.output().get(0).result(), null);
            operator.close();
            operator = setting().start();

            late(at("4", 1));
            arrives(in("readings.windows", WindowResultJson.record(carriesNothing)));
            operator.watermark(SETTLED);

            assertThat(corrections()).containsExactly("s-1 10:00-10:01 count 1 min 4 max 4 sum 4 correction 1");
        }
    }

    @Nested
    class AWindowThatIsForgotten {
        @Test
        void isRefusedACorrectionAndNothingIsReplaced() {
            publishes(result(2, "11", 1));
            operator.watermark(FORGOTTEN - 1);
            late(at("4", 1));
            operator.watermark(FORGOTTEN);

            late(at("5", 2).keyed("k"));
            publishes(result(3, "16", 2));
            operator.watermark(FORGOTTEN + 1);

            assertThat(corrections()).containsExactly("s-1 10:00-10:01 count 3 min 1 max 10 sum 15 correction 2");
            assertThat(operator.side(SplitOutUnreadableParts.DEAD_LETTERS))
                    .singleElement()
                    .satisfies(letter -> {
                        assertThat(letter.value()).isEqualTo(at("5", 2).value());
                        assertThat(letter.key()).isEqualTo(Readings.utf8("k"));
                        assertThat(header(letter, "late.offset")).isEqualTo("2");
                        assertThat(header(letter, "dead-letter.reason")).isEqualTo("too-late-to-correct");
                        assertThat(header(letter, "dead-letter.message"))
                                .isEqualTo(
                                        "its window ended at 2026-01-01T10:01:00Z, more than PT1H before the watermark"
                                                + " 2026-01-01T11:00:59.999Z");
                    });
            assertThat(operator.counter("oldResultsIgnored")).isEqualTo(1);
            balanceIs(0, 1, 0, 1);
        }

        @Test
        void leavesNothingBehind() {
            for (int i = 0; i < 100; i++) {
                publishes(result(2, "11", 1));
            }
            late(IntStream.range(0, 100).mapToObj(i -> at("4", i)).toArray(Reading[]::new));
            operator.watermark(SETTLED);
            assertThat(corrections()).as("one for all that had waited").hasSize(1);
            assertThat(operator.entries()).isPositive();

            operator.watermark(FORGOTTEN);

            assertThat(operator.entries()).isZero();
            assertThat(operator.timers()).isZero();
        }
    }

    @Nested
    class AfterARestore {
        private void restore(OperatorSubtaskState snapshot) {
            operator.close();
            operator = setting().restore(snapshot);
        }

        @Test
        void whatIsCountedStaysCountedAndCorrectionsGoOnBeforeTheFirstWatermark() {
            publishes(result(2, "11", 1));
            operator.watermark(SETTLED);
            late(at("4", 1));
            restore(operator.snapshot());

            late(at("4", 1), at("5", 2));

            assertThat(corrections()).containsExactly("s-1 10:00-10:01 count 4 min 1 max 10 sum 20 correction 3");
            balanceIs(0, 2, 1, 0);
        }

        @Test
        void aForgottenWindowStaysForgotten() {
            publishes(result(2, "11", 1));
            operator.watermark(FORGOTTEN);
            restore(operator.snapshot());

            late(at("4", 1));
            operator.watermark(FORGOTTEN);

            assertThat(corrections()).isEmpty();
            assertThat(operator.side(SplitOutUnreadableParts.DEAD_LETTERS)).hasSize(1);
        }

        @Test
        void aForgottenWindowStaysForgottenAlsoIfItWouldBeKeptForLongerToday() {
            publishes(result(2, "11", 1));
            operator.watermark(FORGOTTEN);
            OperatorSubtaskState snapshot = operator.snapshot();
            operator.close();
            operator = setting(WITHIN.multipliedBy(2)).restore(snapshot);

            late(at("4", 1));
            operator.watermark(FORGOTTEN + 1);

            assertThat(corrections()).isEmpty();
            assertThat(operator.side(SplitOutUnreadableParts.DEAD_LETTERS)).hasSize(1);
        }

        @Test
        void controlWithoutTheHighestWatermarkOneLateReadingReplacesTheResult() {
            publishes(result(2, "11", 1));
            operator.watermark(FORGOTTEN);
            restore(operator.snapshot().toBuilder()
                    .setManagedOperatorState(StateObjectCollection.empty())
                    .build());

            late(at("4", 1));
            operator.watermark(FORGOTTEN);

            assertThat(corrections()).containsExactly("s-1 10:00-10:01 count 1 min 4 max 4 sum 4 correction 1");
        }

        @Test
        void aDrainHasPublishedAllAndForgottenAll() {
            publishes(result(2, "11", 1));
            late(at("4", 1));
            operator.watermark(Long.MAX_VALUE);
            assertThat(corrections()).hasSize(1);
            assertThat(operator.entries()).isZero();
            restore(operator.snapshot());

            late(at("5", 2));
            operator.watermark(SETTLED);

            assertThat(corrections())
                    .as("nothing is known any more of the result")
                    .isEmpty();
            assertThat(operator.side(SplitOutUnreadableParts.DEAD_LETTERS)).hasSize(1);
        }
    }
}
