package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.millis;
import static dev.flinkcookbook.latedata.Readings.reading;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.latedata.OperatorUnderTest.Setting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.functions.windowing.PassThroughWindowFunction;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.triggers.EventTimeTrigger;
import org.apache.flink.streaming.runtime.operators.windowing.WindowOperatorBuilder;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Watermarks begin again at their minimum; what was judged before must stay judged. */
class AfterARestoreTest {

    private static final LatenessPolicy POLICY = Readings.minutes(Duration.ofSeconds(30));
    private static final long DUE = millis("10:01:00") - 1;
    private static final long CLOSED = millis("10:01:30") - 1;

    private final List<OperatorUnderTest<?, ?>> started = new ArrayList<>();

    @AfterEach
    void close() {
        started.forEach(OperatorUnderTest::close);
    }

    private <I, O> OperatorUnderTest<I, O> closedLater(OperatorUnderTest<I, O> operator) {
        started.add(operator);
        return operator;
    }

    private OperatorUnderTest<Arrival, WindowResult> fresh() {
        return closedLater(Setting.windows(POLICY).start());
    }

    private OperatorUnderTest<Arrival, WindowResult> restored(LatenessPolicy policy, OperatorSubtaskState snapshot) {
        return closedLater(Setting.windows(policy).restore(snapshot));
    }

    private static Stream<Arrival> arrival(String sensor, String... times) {
        return Stream.of(times).map(time -> reading(sensor).at(time).arrival());
    }

    private static List<String> results(OperatorUnderTest<Arrival, WindowResult> operator) {
        return operator.output().stream().map(Readings::line).toList();
    }

    private static int late(OperatorUnderTest<Arrival, WindowResult> operator) {
        return operator.side(SumUpWindows.LATE).size();
    }

    @Nested
    class ALateReadingOfAClosedWindow {
        private OperatorSubtaskState snapshotAfterTheWindowWasClosed() {
            OperatorUnderTest<Arrival, WindowResult> operator = fresh();
            operator.arrives(arrival("s-1", "10:00:01", "10:00:02")).watermark(CLOSED);
            assertThat(results(operator)).containsExactly("s-1 10:00-10:01 count 2 min 20 max 20 sum 40 window 1");
            assertThat(operator.entries()).isZero();
            return operator.snapshot();
        }

        @Test
        void isLateBeforeTheFirstWatermarkToo() {
            OperatorUnderTest<Arrival, WindowResult> operator = restored(POLICY, snapshotAfterTheWindowWasClosed());

            operator.arrives(arrival("s-1", "10:00:03")).watermark("10:05:00");

            assertThat(results(operator)).isEmpty();
            assertThat(late(operator)).isEqualTo(1);
        }

        @Test
        void isLateAfterASecondRestoreWithoutAnyInputBetween() {
            OperatorUnderTest<Arrival, WindowResult> operator = restored(
                    POLICY, restored(POLICY, snapshotAfterTheWindowWasClosed()).snapshot());

            operator.arrives(arrival("s-1", "10:00:03")).watermark("10:05:00");

            assertThat(results(operator)).isEmpty();
            assertThat(late(operator)).isEqualTo(1);
        }

        @Test
        void controlOpensItAgainWhenTheHighestWatermarkIsNotKnown() {
            OperatorUnderTest<Arrival, WindowResult> operator = restored(
                    POLICY,
                    snapshotAfterTheWindowWasClosed().toBuilder()
                            .setManagedOperatorState(StateObjectCollection.empty())
                            .build());

            operator.arrives(arrival("s-1", "10:00:03")).watermark("10:05:00");

            assertThat(results(operator))
                    .as("in place of the right one, under the same key")
                    .containsExactly("s-1 10:00-10:01 count 1 min 20 max 20 sum 20 window 1");
            assertThat(late(operator)).isZero();
        }

        @Test
        void controlFlinksWindowOperatorOpensItAgain() {
            OperatorUnderTest<Arrival, Long> operator = closedLater(counting().start());
            operator.arrives(arrival("s-1", "10:00:01", "10:00:02")).watermark(CLOSED);
            operator.arrives(arrival("s-1", "10:00:03"));
            assertThat(operator.output()).as("before the restore").containsExactly(2L);

            OperatorUnderTest<Arrival, Long> restored = closedLater(counting().restore(operator.snapshot()));
            restored.arrives(arrival("s-1", "10:00:03")).watermark("10:05:00");

            assertThat(restored.output()).as("in place of the right one").containsExactly(1L);
        }

        /** Flink's own operator for windows of a minute, which counts. */
        private static Setting<Arrival, Long> counting() {
            OneInputStreamOperator<Arrival, Long> operator = new WindowOperatorBuilder<>(
                            TumblingEventTimeWindows.of(Duration.ofMinutes(1)),
                            EventTimeTrigger.create(),
                            new ExecutionConfig(new Configuration()),
                            TypeInformation.of(Arrival.class),
                            Arrival::sensor,
                            Types.STRING)
                    .aggregate(new Count(), new PassThroughWindowFunction<>(), Types.LONG);
            return Setting.of(operator, Arrival::sensor, Arrival::at);
        }
    }

    private static final class Count implements AggregateFunction<Arrival, Long, Long> {
        @Override
        public Long createAccumulator() {
            return 0L;
        }

        @Override
        public Long add(Arrival arrival, Long count) {
            return count + 1;
        }

        @Override
        public Long getResult(Long count) {
            return count;
        }

        @Override
        public Long merge(Long one, Long other) {
            return one + other;
        }
    }

    @Nested
    class AnOpenWindow {
        @Test
        void goesOnAndTheBalanceWithIt() {
            OperatorUnderTest<Arrival, WindowResult> before = fresh();
            before.arrives(arrival("s-1", "09:58:00", "10:00:01", "10:00:02")).watermark("10:00:10");
            before.arrives(arrival("s-1", "09:58:01", "10:00:03"));

            OperatorUnderTest<Arrival, WindowResult> operator = restored(POLICY, before.snapshot());
            assertThat(operator.gauge("readingsPending")).isEqualTo(3);
            operator.arrives(arrival("s-1", "10:00:04")).watermark(DUE);

            assertThat(results(operator)).containsExactly("s-1 10:00-10:01 count 4 min 20 max 20 sum 80 window 1");
            assertThat(operator.gauge("readingsArrived")).isEqualTo(6);
            assertThat(operator.gauge("readingsOnTime")).isEqualTo(5);
            assertThat(operator.gauge("readingsLate")).isEqualTo(1);
            assertThat(operator.gauge("readingsPending")).isZero();
        }

        /** Such timers are in the snapshot before the operator is asked for its own state. */
        @Test
        void goesOnWithTimersOnTheHeapBesideRocksDb() {
            EmbeddedRocksDBStateBackend backend = new EmbeddedRocksDBStateBackend();
            backend.setPriorityQueueStateType(EmbeddedRocksDBStateBackend.PriorityQueueStateType.HEAP);
            OperatorUnderTest<Arrival, WindowResult> before =
                    closedLater(Setting.windows(POLICY).on(backend).start());
            before.arrives(arrival("s-1", "10:00:01", "10:00:02"));

            OperatorUnderTest<Arrival, WindowResult> operator =
                    closedLater(Setting.windows(POLICY).on(backend).restore(before.snapshot()));
            operator.watermark(DUE);

            assertThat(results(operator)).containsExactly("s-1 10:00-10:01 count 2 min 20 max 20 sum 40 window 1");
        }

        @Test
        void thatWasPublishedIsRefinedBeforeTheFirstWatermark() {
            OperatorUnderTest<Arrival, WindowResult> before = fresh();
            before.arrives(arrival("s-1", "10:00:01")).watermark(DUE);

            OperatorUnderTest<Arrival, WindowResult> operator = restored(POLICY, before.snapshot());
            operator.arrives(arrival("s-1", "10:00:02")).watermark(CLOSED);

            assertThat(results(operator)).containsExactly("s-1 10:00-10:01 count 2 min 20 max 20 sum 40 window 2");
            assertThat(operator.entries()).isZero();
            assertThat(operator.timers()).isZero();
        }
    }

    @Nested
    class ADrain {
        @Test
        void isNoTimeThatHasPassedButWhatItHasPublishedStaysClosed() {
            OperatorUnderTest<Arrival, WindowResult> before = fresh();
            before.arrives(arrival("s-1", "10:00:01")).watermark(Long.MAX_VALUE);
            assertThat(results(before)).hasSize(1);

            OperatorUnderTest<Arrival, WindowResult> operator = restored(POLICY, before.snapshot());
            operator.arrives(arrival("s-1", "10:00:02", "10:02:00")).watermark("10:05:00");

            assertThat(results(operator)).containsExactly("s-1 10:02-10:03 count 1 min 20 max 20 sum 20 window 1");
            assertThat(late(operator)).isEqualTo(1);
        }
    }

    @Nested
    class WithAnotherParallelism {
        private static final int SENSORS = 100;

        private OperatorSubtaskState of(int subtask, long watermark) {
            OperatorUnderTest<Arrival, WindowResult> operator =
                    closedLater(Setting.windows(POLICY).subtask(subtask, 2).start());
            operator.arrives(sensorsOf(subtask, 2)
                            .map(sensor -> reading(sensor).at("10:00:05").arrival()))
                    .watermark(watermark);
            return operator.snapshot();
        }

        private static Stream<String> sensorsOf(int subtask, int parallelism) {
            return IntStream.range(0, SENSORS)
                    .mapToObj(i -> "s-" + i)
                    .filter(sensor -> KeyGroupRangeAssignment.assignKeyToParallelOperator(
                                    sensor, OperatorUnderTest.MAX_PARALLELISM, parallelism)
                            == subtask);
        }

        /** One of two subtasks has closed the window, the other not even published it; three take over from them. */
        @Test
        void theHighestWatermarkOfAllCountsAndNothingIsCountedTwice() throws Exception {
            OperatorSubtaskState snapshot =
                    AbstractStreamOperatorTestHarness.repackageState(of(0, CLOSED), of(1, millis("10:00:30")));
            List<String> results = new ArrayList<>();
            long arrived = 0;
            long accounted = 0;
            int late = 0;
            for (int subtask = 0; subtask < 3; subtask++) {
                OperatorUnderTest<Arrival, WindowResult> operator =
                        closedLater(Setting.windows(POLICY).subtask(subtask, 3).restore(snapshot, 2));
                operator.arrives(sensorsOf(subtask, 3)
                                .map(sensor -> reading(sensor).at("10:00:06").arrival()))
                        .watermark("10:05:00");
                results.addAll(results(operator));
                late += late(operator);
                arrived += operator.gauge("readingsArrived");
                accounted += operator.gauge("readingsOnTime") + operator.gauge("readingsLate");
                assertThat(operator.entries()).isZero();
            }
            assertThat(late).as("judged by the subtask that was ahead").isEqualTo(SENSORS);
            assertThat(results)
                    .as("what waited is published, once")
                    .containsExactlyInAnyOrderElementsOf(sensorsOf(1, 2)
                            .map(sensor -> sensor + " 10:00-10:01 count 1 min 20 max 20 sum 20 window 1")
                            .toList());
            assertThat(arrived).isEqualTo(2 * SENSORS);
            assertThat(accounted).isEqualTo(2 * SENSORS);
        }

        /** One of two subtasks has published the window, the other not yet. */
        @Test
        void whatWasPublishedIsRefinedAndWhatWaitedIsPublishedWithTheReading() throws Exception {
            OperatorSubtaskState snapshot =
                    AbstractStreamOperatorTestHarness.repackageState(of(0, DUE), of(1, millis("10:00:30")));
            List<String> results = new ArrayList<>();
            long onTime = 0;
            long refined = 0;
            for (int subtask = 0; subtask < 3; subtask++) {
                OperatorUnderTest<Arrival, WindowResult> operator =
                        closedLater(Setting.windows(POLICY).subtask(subtask, 3).restore(snapshot, 2));
                operator.arrives(sensorsOf(subtask, 3)
                                .map(sensor -> reading(sensor).at("10:00:06").arrival()))
                        .watermark("10:05:00");
                results.addAll(results(operator));
                onTime += operator.gauge("readingsOnTime");
                refined += operator.gauge("readingsRefined");
                assertThat(operator.entries()).isZero();
            }
            assertThat(results)
                    .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 2)
                            .boxed()
                            .flatMap(subtask -> sensorsOf(subtask, 2)
                                    .map(sensor -> sensor + " 10:00-10:01 count 2 min 20 max 20 sum 40 window "
                                            + (subtask == 0 ? 2 : 1)))
                            .toList());
            assertThat(onTime).isEqualTo(SENSORS);
            assertThat(refined).isEqualTo(SENSORS);
        }
    }

    @Nested
    class WithOtherFlags {
        @Test
        void aLongerAllowedLatenessHoldsForWindowsThatWereKept() {
            OperatorUnderTest<Arrival, WindowResult> before = fresh();
            before.arrives(arrival("s-1", "10:00:01")).watermark(DUE);
            LatenessPolicy longer = Readings.minutes(Duration.ofMinutes(5));

            OperatorUnderTest<Arrival, WindowResult> operator = restored(longer, before.snapshot());
            operator.watermark("10:05:00").arrives(arrival("s-1", "10:00:02"));
            assertThat(results(operator)).containsExactly("s-1 10:00-10:01 count 2 min 20 max 20 sum 40 window 2");

            operator.watermark("10:06:00");
            assertThat(operator.entries()).isZero();
            assertThat(operator.timers()).isZero();
        }

        @Test
        void aLongerAllowedLatenessOpensNoWindowThatWasClosed() {
            OperatorUnderTest<Arrival, WindowResult> before = fresh();
            before.arrives(arrival("s-1", "10:00:01", "10:00:02")).watermark(CLOSED);
            LatenessPolicy longer = Readings.minutes(Duration.ofMinutes(5));

            OperatorUnderTest<Arrival, WindowResult> operator = restored(longer, before.snapshot());
            operator.arrives(arrival("s-1", "10:00:03", "10:01:00"));
            operator.watermark("10:02:00").arrives(arrival("s-1", "10:00:03"));

            assertThat(results(operator))
                    .as("and not one of the reading that came too late, in place of the right one")
                    .containsExactly("s-1 10:01-10:02 count 1 min 20 max 20 sum 20 window 1");
            assertThat(late(operator)).isEqualTo(2);
        }

        @Test
        void aShorterAllowedLatenessLeavesNothingBehind() {
            OperatorUnderTest<Arrival, WindowResult> before = fresh();
            before.arrives(arrival("s-1", "10:00:01")).watermark(DUE);

            OperatorUnderTest<Arrival, WindowResult> operator =
                    restored(Readings.minutes(Duration.ZERO), before.snapshot());
            operator.arrives(arrival("s-1", "10:00:02")).watermark("10:06:00");

            assertThat(results(operator)).isEmpty();
            assertThat(late(operator)).isEqualTo(1);
            assertThat(operator.entries()).isZero();
            assertThat(operator.timers()).isZero();
        }

        @Test
        void windowsOfAnotherLengthAreRefused() {
            OperatorSubtaskState snapshot = fresh().snapshot();
            LatenessPolicy fiveMinutes = LatenessPolicy.of(Duration.ofMinutes(5), Duration.ZERO);

            assertThatThrownBy(() -> restored(fiveMinutes, snapshot))
                    .hasMessage("--window: the state has windows of 60000ms, expected 300000ms; to change it,"
                            + " drain the job and start it anew");
        }
    }
}
