package dev.flinkcookbook.deduplication;

import static dev.flinkcookbook.deduplication.OperatorUnderTest.IN_EVENT_TIME;
import static dev.flinkcookbook.deduplication.Payments.millis;
import static dev.flinkcookbook.deduplication.Payments.payment;
import static dev.flinkcookbook.deduplication.Payments.time;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.deduplication.Payments.Payment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class KeepFirstInEventTimeTest {

    private static final Duration RETENTION = Duration.ofMinutes(10);

    private OperatorUnderTest<Id> operator = OperatorUnderTest.of(new KeepFirstInEventTime(RETENTION), IN_EVENT_TIME);

    @AfterEach
    void close() {
        operator.close();
    }

    private static List<KafkaRecord> records(Payment... payments) {
        return List.of(payments).stream().map(Payment::record).toList();
    }

    @Nested
    class BeforeTheWatermarkHasPassed {
        @Test
        void everythingWaits() {
            operator.watermark("09:59:59")
                    .arrives(payment("p-1").at("10:00:05"), payment("p-2").at("10:00:01"));

            operator.watermark(millis("10:00:01") - 1);

            assertThat(operator.forwarded()).isEmpty();
            assertThat(operator.duplicates()).isEmpty();
        }

        @Test
        void onlyWhatItHasPassedGoesOn() {
            operator.arrives(payment("p-1").at("10:00:05"), payment("p-2").at("10:00:01"));

            operator.watermark("10:00:01");

            assertThat(operator.forwarded()).isEqualTo(records(payment("p-2").at("10:00:01")));
        }
    }

    @Nested
    class TheOrder {
        @Test
        void isTimeThenPartitionThenOffset() {
            Payment winner = payment("p-1").at("10:00:01").on(3, 9).keyed("k").header("h", null);
            Payment samePartitionLater = payment("p-1").at("10:00:01").on(3, 10);
            Payment higherPartition = payment("p-1").at("10:00:01").on(4, 1);
            Payment laterTime = payment("p-1").at("10:00:02").on(0, 0);

            operator.arrives(laterTime, higherPartition, samePartitionLater, winner)
                    .watermark("10:01:00");

            assertThat(operator.forwarded()).isEqualTo(records(winner));
            assertThat(operator.duplicates()).isEqualTo(records(samePartitionLater, higherPartition, laterTime));
        }

        @Test
        void makesTheAnswerIndependentOfTheOrderOfArrival() {
            // Twenty ids, each with copies up to half an hour apart: some within the retention of each other, some not.
            Random random = new Random(7);
            List<Payment> history = new ArrayList<>(IntStream.range(0, 400)
                    .mapToObj(i -> payment("p-" + i % 20)
                            .at(time("10:00:00").plusSeconds(random.nextInt(1_800)))
                            .on(i % 3, i))
                    .toList());
            List<List<KafkaRecord>> answers = new ArrayList<>();
            for (int replay = 0; replay < 10; replay++) {
                try (OperatorUnderTest<Id> fresh =
                        OperatorUnderTest.of(new KeepFirstInEventTime(RETENTION), IN_EVENT_TIME)) {
                    Collections.shuffle(history, random);
                    fresh.arrives(history.toArray(Payment[]::new)).watermark("12:00:00");
                    answers.add(fresh.forwarded().stream()
                            .sorted((a, b) -> Long.compare(a.offset(), b.offset()))
                            .toList());
                    assertThat(fresh.forwarded().size() + fresh.duplicates().size())
                            .isEqualTo(history.size());
                }
            }
            assertThat(answers.get(0)).hasSizeBetween(21, 100);
            assertThat(answers).allMatch(answers.get(0)::equals);
        }
    }

    @Nested
    class TheRetention {
        private final Payment first = payment("p-1").at("10:00:00").on(0, 0);

        private Payment after(long millis) {
            return payment("p-1")
                    .at(time("10:00:00").plus(RETENTION).plusMillis(millis))
                    .on(0, 1);
        }

        private void judge(Payment again, boolean watermarkBetween) {
            operator.arrives(first);
            if (watermarkBetween) {
                operator.watermark(again.createdAt().toEpochMilli() - 1);
            }
            operator.arrives(again).watermark("11:00:00");
        }

        @Test
        void stillDropsAMillisecondBeforeItsEnd() {
            judge(after(-1), false);
            assertThat(operator.forwarded()).isEqualTo(records(first));
            assertThat(operator.duplicates()).isEqualTo(records(after(-1)));
        }

        @Test
        void stillDropsAMillisecondBeforeItsEndWhenTheWatermarkIsThereAlready() {
            judge(after(-1), true);
            assertThat(operator.forwarded()).isEqualTo(records(first));
            assertThat(operator.duplicates()).isEqualTo(records(after(-1)));
        }

        @Test
        void letsTheSameIdThroughAtItsEnd() {
            judge(after(0), false);
            assertThat(operator.forwarded()).isEqualTo(records(first, after(0)));
            assertThat(operator.duplicates()).isEmpty();
        }

        @Test
        void letsTheSameIdThroughAMillisecondAfterItsEndWhenTheWatermarkIsThereAlready() {
            judge(after(1), true);
            assertThat(operator.forwarded()).isEqualTo(records(first, after(1)));
            assertThat(operator.duplicates()).isEmpty();
        }

        @Test
        void isNotProlongedByADuplicate() {
            operator.arrives(first, after(-1), after(0)).watermark("11:00:00");
            assertThat(operator.forwarded()).isEqualTo(records(first, after(0)));
        }

        @Test
        void measuresTheGapInEventTime() {
            operator.arrives(first, after(-1)).watermark("11:00:00");
            assertThat(operator.counter("recordsForwarded")).isEqualTo(1);
            assertThat(operator.counter("duplicatesDropped")).isEqualTo(1);
            assertThat(operator.histogram("duplicateGapMs").getStatistics().getValues())
                    .containsExactly(RETENTION.toMillis() - 1);
        }
    }

    @Nested
    class BehindTheWatermark {
        @Test
        void nothingCanBeJudged() {
            operator.watermark("10:00:05");
            Payment atTheWatermark =
                    payment("p-1").at("10:00:05").on(1, 2).keyed("k").header("h", "v");
            Payment justAhead = payment("p-1").at("10:00:05.001");

            operator.arrives(atTheWatermark, justAhead).watermark("10:01:00");

            assertThat(operator.forwarded()).isEqualTo(records(justAhead));
            assertThat(operator.duplicates()).isEmpty();
            assertThat(operator.deadLetters()).singleElement().satisfies(letter -> {
                assertThat(OperatorUnderTest.reason(letter)).isEqualTo("too-late-to-judge");
                assertThat(letter.key()).isEqualTo(atTheWatermark.key());
                assertThat(letter.value()).isEqualTo(atTheWatermark.value());
                assertThat(letter.headers().lastHeader("h").value()).isEqualTo(Payments.utf8("v"));
                assertThat(new String(letter.headers()
                                .lastHeader("dead-letter.message")
                                .value()))
                        .isEqualTo("its time 2026-01-01T10:00:05Z is behind the watermark 2026-01-01T10:00:05Z");
            });
            assertThat(operator.counter("deadLetters")).isEqualTo(1);
        }
    }

    @Nested
    class WhenEventTimeHasPassedTheRetention {
        @Test
        void neitherAnEntryNorATimerIsLeft() {
            for (int i = 0; i < 1_000; i++) {
                operator.arrives(
                        payment("p-" + i).at(time("10:00:00").plusSeconds(i % 60)),
                        payment("p-" + i).at(time("10:00:30").plusSeconds(i % 60)));
            }
            operator.watermark("10:05:00");
            assertThat(operator.entries()).as("remembered").isEqualTo(1_000);
            assertThat(operator.timers()).isEqualTo(1_000);

            operator.watermark(millis("10:00:59") + RETENTION.toMillis() - 1);

            assertThat(operator.forwarded()).hasSize(1_000);
            assertThat(operator.entries()).isZero();
            assertThat(operator.timers()).isZero();
        }

        @Test
        void neitherIsLeftOfAnIdThatCameAgainAfterwards() {
            operator.arrives(
                    payment("p-1").at("10:00:00"),
                    payment("p-1").at("10:10:00"),
                    payment("p-1").at("10:15:00"));

            operator.watermark(millis("10:10:00") + RETENTION.toMillis() - 1);

            assertThat(operator.forwarded())
                    .isEqualTo(records(
                            payment("p-1").at("10:00:00"), payment("p-1").at("10:10:00")));
            assertThat(operator.entries()).isZero();
            assertThat(operator.timers()).isZero();
        }
    }

    @Nested
    class AfterARestore {
        private final Payment event = payment("p-1").at("10:00:00");
        private final Payment lateCopy = payment("p-1").at("10:00:00").on(1, 5);

        private OperatorSubtaskState snapshotWhenTheEventIsForgotten() {
            operator.arrives(event).watermark("10:30:00");
            assertThat(operator.forwarded()).isEqualTo(records(event));
            assertThat(operator.entries()).isZero();
            return operator.snapshot();
        }

        private void restore(OperatorSubtaskState snapshot) {
            operator.close();
            operator = OperatorUnderTest.restored(new KeepFirstInEventTime(RETENTION), IN_EVENT_TIME, snapshot);
        }

        @Test
        void theHighestWatermarkIsKnownBeforeTheFirstOneArrives() {
            restore(snapshotWhenTheEventIsForgotten());

            operator.arrives(lateCopy).watermark("10:40:00");

            assertThat(operator.forwarded()).isEmpty();
            assertThat(operator.deadLetters())
                    .extracting(OperatorUnderTest::reason)
                    .containsExactly("too-late-to-judge");
        }

        @Test
        void controlWithoutItTheEventGoesOnASecondTime() {
            OperatorSubtaskState naive = snapshotWhenTheEventIsForgotten().toBuilder()
                    .setManagedOperatorState(StateObjectCollection.empty())
                    .build();
            restore(naive);

            operator.arrives(lateCopy).watermark("10:40:00");

            assertThat(operator.forwarded()).as("a second time").isEqualTo(records(lateCopy));
            assertThat(operator.deadLetters()).isEmpty();
        }

        @Test
        void aDrainIsNoTimeThatHasPassed() {
            operator.arrives(event).watermark(Long.MAX_VALUE);
            restore(operator.snapshot());

            Payment next = payment("p-2").at("10:00:20");
            operator.arrives(next).watermark("10:40:00");

            assertThat(operator.forwarded()).isEqualTo(records(next));
            assertThat(operator.deadLetters()).isEmpty();
        }

        @Test
        void whatWaitedIsJudged() {
            Payment waiting = payment("p-2").at("10:00:20").on(2, 8).keyed("k").header("h", null);
            operator.arrives(event, waiting).watermark("10:00:10");
            restore(operator.snapshot());

            operator.arrives(payment("p-1").at("10:00:15"), payment("p-2").at("10:00:21"))
                    .watermark("10:00:30");

            assertThat(operator.forwarded()).isEqualTo(records(waiting));
            assertThat(operator.duplicates())
                    .containsExactlyInAnyOrderElementsOf(records(
                            payment("p-1").at("10:00:15"), payment("p-2").at("10:00:21")));
        }

        @Test
        void theWatermarkSurvivesASecondRestoreWithoutAnyInputBetween() {
            restore(snapshotWhenTheEventIsForgotten());
            restore(operator.snapshot());

            operator.arrives(lateCopy).watermark("10:40:00");

            assertThat(operator.forwarded()).isEmpty();
            assertThat(operator.deadLetters()).hasSize(1);
        }
    }
}
