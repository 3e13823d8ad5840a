package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.millis;
import static dev.flinkcookbook.latedata.Readings.reading;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.latedata.OperatorUnderTest.Setting;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.streaming.api.functions.windowing.PassThroughWindowFunction;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.triggers.EventTimeTrigger;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.streaming.runtime.operators.windowing.WindowOperatorBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SumUpSessionsTest {

    /** A session ends when five minutes have passed without a reading, and is kept for ten more. */
    private static final Duration GAP = Duration.ofMinutes(5);

    private static final Duration ALLOWED_LATENESS = Duration.ofMinutes(10);

    private OperatorUnderTest<Arrival, SessionResult> operator = setting().start();

    private static Setting<Arrival, SessionResult> setting() {
        return Setting.of(
                new KeyedProcessOperator<>(new SumUpSessions(GAP, ALLOWED_LATENESS)), Arrival::sensor, Arrival::at);
    }

    @AfterEach
    void close() {
        operator.close();
    }

    private void arrives(String... times) {
        operator.arrives(Stream.of(times).map(time -> reading("s-1").at(time).arrival()));
    }

    private List<String> results() {
        return operator.output().stream().map(SumUpSessionsTest::line).toList();
    }

    private static String line(SessionResult result) {
        String session = result.sensor() + " " + clock(result.first());
        return result.isTakenBack()
                ? session + " taken back"
                : session + "-" + clock(result.last()) + " count "
                        + result.totals().count() + " revision " + result.revision();
    }

    private static String clock(Instant time) {
        return time.toString().substring(11, 19);
    }

    private int late() {
        return operator.side(SumUpSessions.LATE).size();
    }

    @Nested
    class ASession {
        @Test
        void isPublishedWhenNoReadingCanFollowAnyMore() {
            arrives("10:00:00", "10:04:59.999", "10:02:00");

            operator.watermark(millis("10:09:59.999") - 2);
            assertThat(results()).isEmpty();
            operator.watermark(millis("10:09:59.999") - 1);

            assertThat(results()).containsExactly("s-1 10:00:00-10:04:59 count 3 revision 1");
        }

        @Test
        void holdsReadingsThatAreLessThanTheGapApart() {
            arrives("10:00:00", "10:04:59.999", "11:00:00", "11:05:00", "12:00:00", "12:05:00.001");

            operator.watermark("13:00:00");

            assertThat(results())
                    .containsExactly(
                            "s-1 10:00:00-10:04:59 count 2 revision 1",
                            "s-1 11:00:00-11:00:00 count 1 revision 1",
                            "s-1 11:05:00-11:05:00 count 1 revision 1",
                            "s-1 12:00:00-12:00:00 count 1 revision 1",
                            "s-1 12:05:00-12:05:00 count 1 revision 1");
        }
    }

    @Nested
    class ALateReading {
        @Test
        void mayOpenASession() {
            operator.watermark("10:10:00");
            arrives("10:00:00");
            assertThat(results()).containsExactly("s-1 10:00:00-10:00:00 count 1 revision 1");
            assertThat(late()).isZero();
        }

        @Test
        void mayMakeOneLongerAtEitherEnd() {
            arrives("10:00:00");
            operator.watermark("10:05:00");
            arrives("10:00:01");
            operator.watermark("10:05:01");
            arrives("09:58:00");

            assertThat(results())
                    .as("with an earlier beginning it has another key")
                    .containsExactly(
                            "s-1 10:00:00-10:00:00 count 1 revision 1",
                            "s-1 10:00:00-10:00:01 count 2 revision 2",
                            "s-1 10:00:00 taken back",
                            "s-1 09:58:00-10:00:01 count 3 revision 3");
        }

        @Test
        void mayMergeTwoThatWerePublished() {
            arrives("10:00:00", "10:08:00");
            operator.watermark("10:13:00");
            arrives("10:04:00");

            assertThat(results())
                    .containsExactly(
                            "s-1 10:00:00-10:00:00 count 1 revision 1",
                            "s-1 10:08:00-10:08:00 count 1 revision 1",
                            "s-1 10:08:00 taken back",
                            "s-1 10:00:00-10:08:00 count 3 revision 2");
            assertThat(late()).isZero();
        }

        @Test
        void mayMergeAPublishedOneIntoOneThatIsOpenAndIsPublishedWithIt() {
            arrives("10:00:00", "10:08:00");
            operator.watermark("10:06:00");
            arrives("10:04:00");
            assertThat(results()).containsExactly("s-1 10:00:00-10:00:00 count 1 revision 1");

            operator.watermark("10:13:00");

            assertThat(results())
                    .containsExactly(
                            "s-1 10:00:00-10:00:00 count 1 revision 1", "s-1 10:00:00-10:08:00 count 3 revision 2");
        }

        /** Flink's session windows publish the merged session; nobody takes back the one that it has swallowed. */
        @Test
        void controlLeavesASwallowedSessionStandingWithFlinksSessionWindows() throws Exception {
            WindowOperatorBuilder<Arrival, String, TimeWindow> sessions = new WindowOperatorBuilder<>(
                    EventTimeSessionWindows.withGap(GAP),
                    EventTimeTrigger.create(),
                    new ExecutionConfig(new Configuration()),
                    TypeInformation.of(Arrival.class),
                    Arrival::sensor,
                    Types.STRING);
            sessions.allowedLateness(ALLOWED_LATENESS);
            OneInputStreamOperator<Arrival, Arrival> flinks = sessions.reduce(
                    (one, other) -> Arrival.of(
                            one.record(),
                            one.sensor(),
                            Math.min(one.at(), other.at()),
                            one.celsius().add(other.celsius())),
                    new PassThroughWindowFunction<>());
            try (OperatorUnderTest<Arrival, Arrival> control =
                    Setting.of(flinks, Arrival::sensor, Arrival::at).start()) {
                control.arrives(Stream.of("10:00:00", "10:08:00")
                                .map(time -> reading("s-1").at(time).arrival()))
                        .watermark("10:13:00");
                control.arrives(Stream.of(reading("s-1").at("10:04:00").arrival()));

                assertThat(control.output())
                        .extracting(result -> clock(Instant.ofEpochMilli(result.at())) + " "
                                + result.celsius().intValue())
                        .as("100 degrees where 60 were measured, for whoever keeps the newest of each first reading")
                        .containsExactly("10:00:00 20", "10:08:00 20", "10:00:00 60");
            }
        }

        @Test
        void isLateWhenASessionOfItAloneWouldBeClosed() {
            arrives("10:00:00");
            operator.watermark(millis("10:15:00") - 1);

            arrives("09:59:00", "10:00:00", "10:00:00.001");

            assertThat(results())
                    .as("the last one is not, by a millisecond")
                    .containsExactly(
                            "s-1 10:00:00-10:00:00 count 1 revision 1", "s-1 10:00:00-10:00:00 count 2 revision 2");
            assertThat(late()).isEqualTo(2);
        }

        @Test
        void findsAClosedSessionForAsLongAsItMayTouchIt() {
            arrives("10:00:00");
            operator.watermark(millis("10:20:00") - 3);

            arrives("10:04:59.999");
            assertThat(results())
                    .containsExactly(
                            "s-1 10:00:00-10:00:00 count 1 revision 1", "s-1 10:00:00-10:04:59 count 2 revision 2");

            operator.watermark("10:25:00");
            assertThat(operator.entries()).isZero();
            assertThat(operator.timers()).isZero();
        }

        /** A neighbour on its other side may be forgotten. */
        @Test
        void isLateAllTheSameWhenItTouchesASessionThatIsOpen() {
            arrives("10:00:00", "10:04:00", "10:08:00");
            operator.watermark(millis("10:11:00") - 2);
            arrives("09:56:00");
            operator.watermark(millis("10:11:00") - 1);
            arrives("09:56:00");
            operator.watermark("10:13:00");

            assertThat(results()).containsExactly("s-1 09:56:00-10:08:00 count 4 revision 1");
            assertThat(late()).isEqualTo(1);
        }
    }

    /** For any order of arrival and any allowed lateness. */
    @Test
    void theNewestOfEachKeyAreTheSessionsOfABatchOverAllThatIsNotLate() {
        Random random = new Random(3);
        int late = 0;
        for (int i = 0; i < 200; i++) {
            operator.close();
            Duration allowedLateness = Duration.ofMinutes(random.nextInt(30));
            operator = Setting.of(
                            new KeyedProcessOperator<>(new SumUpSessions(GAP, allowedLateness)),
                            Arrival::sensor,
                            Arrival::at)
                    .start();
            List<Instant> notLate = new ArrayList<>();
            long watermark = millis("10:00:00");
            for (int j = 0; j < 60; j++) {
                int lateBefore = late();
                Instant time = Instant.ofEpochMilli(watermark
                        + random.nextLong(
                                -Duration.ofMinutes(40).toMillis(),
                                Duration.ofMinutes(20).toMillis()));
                operator.arrives(Stream.of(reading("s-1").at(time).arrival()));
                if (late() == lateBefore) {
                    notLate.add(time);
                }
                watermark += random.nextLong(Duration.ofMinutes(4).toMillis());
                operator.watermark(watermark);
            }
            late += late();
            operator.watermark("23:00:00");

            Map<Instant, String> newest = new TreeMap<>();
            operator.output()
                    .forEach(result -> newest.put(
                            result.first(),
                            result.isTakenBack() ? "" : line(result).replaceFirst(" revision .*", "")));
            newest.values().removeIf(String::isEmpty);
            assertThat(newest.values()).containsExactlyElementsOf(sessions(notLate));
            assertThat(operator.entries()).isZero();
            assertThat(operator.timers()).isZero();
        }
        assertThat(late).as("otherwise nothing is shown").isGreaterThan(100);
    }

    private static List<String> sessions(List<Instant> times) {
        List<Instant> sorted = times.stream().sorted().toList();
        List<String> sessions = new ArrayList<>();
        int first = 0;
        for (int i = 0; i < sorted.size(); i++) {
            boolean isLast = i + 1 == sorted.size()
                    || Duration.between(sorted.get(i), sorted.get(i + 1)).compareTo(GAP) >= 0;
            if (isLast) {
                sessions.add(
                        "s-1 %s-%s count %d".formatted(clock(sorted.get(first)), clock(sorted.get(i)), i + 1 - first));
                first = i + 1;
            }
        }
        return sessions;
    }

    @Nested
    class AfterARestore {
        private void restore(OperatorSubtaskState snapshot) {
            operator.close();
            operator = setting().restore(snapshot);
        }

        @Test
        void aClosedSessionStaysClosed() {
            arrives("10:00:00");
            operator.watermark("10:25:00");
            assertThat(operator.entries()).isZero();
            restore(operator.snapshot());

            arrives("10:00:00");
            operator.watermark("10:30:00");

            assertThat(results()).isEmpty();
            assertThat(late()).isEqualTo(1);
        }

        @Test
        void controlWithoutTheHighestWatermarkItIsOpenedAgain() {
            arrives("10:00:00", "10:00:01");
            operator.watermark("10:25:00");
            restore(operator.snapshot().toBuilder()
                    .setManagedOperatorState(StateObjectCollection.empty())
                    .build());

            arrives("10:00:00");
            operator.watermark("10:30:00");

            assertThat(results())
                    .as("in place of the one with two readings")
                    .containsExactly("s-1 10:00:00-10:00:00 count 1 revision 1");
        }

        @Test
        void sessionsThatAreKeptGoOn() {
            arrives("10:00:00", "10:08:00");
            operator.watermark("10:13:00");
            restore(operator.snapshot());

            arrives("10:04:00");

            assertThat(results())
                    .containsExactly("s-1 10:08:00 taken back", "s-1 10:00:00-10:08:00 count 3 revision 2");
        }
    }
}
