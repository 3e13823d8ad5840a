package dev.flinkcookbook.deduplication;

import static dev.flinkcookbook.deduplication.Payments.millis;
import static dev.flinkcookbook.deduplication.Payments.payment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.deduplication.Payments.Payment;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.HistogramStatistics;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.state.rocksdb.RocksDBKeyedStateBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class KeepFirstTest {

    private static final Duration RETENTION = Duration.ofHours(24);
    private static final long FIRST_ARRIVAL = millis("10:00:00");
    private static final long EXPIRY = FIRST_ARRIVAL + RETENTION.toMillis();

    private OperatorUnderTest<Id> operator = OperatorUnderTest.of(new KeepFirst(RETENTION), OperatorUnderTest.BY_ID);

    @AfterEach
    void close() {
        operator.close();
    }

    @Nested
    class WithinTheRetention {
        @Test
        void theFirstGoesOnByteForByteAndLaterOnesGoToTheSideByteForByte() {
            Payment first = payment("p-1")
                    .on(0, 7)
                    .keyed("a-7")
                    .header("trace", "1")
                    .header("trace", "1")
                    .header("none", null);
            Payment again = payment("p-1").on(1, 3).at("10:00:02").ofAccount("another");
            Payment andAgain = payment("p-1").on(1, 4).at("10:00:03");

            operator.arrives(first, again, andAgain);

            assertThat(operator.forwarded()).containsExactly(first.record());
            assertThat(operator.duplicates()).containsExactly(again.record(), andAgain.record());
            assertThat(operator.deadLetters()).isEmpty();
        }

        @Test
        void otherIdsGoOn() {
            Payment number = Payments.paymentWithId("1").on(0, 1);
            Payment text = Payments.paymentWithId("\"1\"").on(0, 2);

            operator.arrives(number, text);

            assertThat(operator.forwarded()).containsExactly(number.record(), text.record());
        }

        @Test
        void theLastMillisecondStillDrops() {
            operator.arrives(payment("p-1"));
            Payment again = payment("p-1").on(0, 1);

            operator.clock(EXPIRY - 1).arrives(again);

            assertThat(operator.forwarded()).containsExactly(payment("p-1").record());
            assertThat(operator.duplicates()).containsExactly(again.record());
        }
    }

    @Nested
    class AfterTheRetention {
        @Test
        void letsTheSameIdThroughAgain() {
            operator.arrives(payment("p-1"), payment("p-2"));
            Payment atExpiry = payment("p-1").on(0, 1);
            Payment aMillisecondLater = payment("p-2").on(0, 2);

            operator.clock(EXPIRY).arrives(atExpiry);
            operator.clock(EXPIRY + 1).arrives(aMillisecondLater);

            assertThat(operator.forwarded())
                    .containsExactly(
                            payment("p-1").record(),
                            payment("p-2").record(),
                            atExpiry.record(),
                            aMillisecondLater.record());
            assertThat(operator.duplicates()).isEmpty();
        }

        @Test
        void evenIfADuplicateCameMeanwhile() {
            operator.arrives(payment("p-1"));
            operator.clock(EXPIRY - 1).arrives(payment("p-1").on(0, 1));

            Payment later = payment("p-1").on(0, 2);
            operator.clock(EXPIRY).arrives(later);

            assertThat(operator.forwarded())
                    .as("the retention counts from the first occurrence")
                    .containsExactly(payment("p-1").record(), later.record());
        }
    }

    @Nested
    class AfterARestore {
        @Test
        void anIdFromBeforeIsADuplicateThoughTheHeapKnowsNothingOfIt() throws Exception {
            operator.arrives(payment("p-1"));
            OperatorSubtaskState snapshot = operator.snapshot();
            operator.close();

            operator = OperatorUnderTest.restored(new KeepFirst(RETENTION), OperatorUnderTest.BY_ID, snapshot);
            operator.clock(EXPIRY - 1)
                    .arrives(payment("p-1").on(0, 1), payment("p-2").on(0, 2));

            assertThat(operator.forwarded())
                    .containsExactly(payment("p-2").on(0, 2).record());
        }
    }

    @Nested
    class WhatAnOperatorWatches {
        @Test
        void countsAndMeasuresTheGapsByKafkasTimestamps() {
            List<String> sampled = idsThatAre(KeepFirst::isSampled);
            operator.arrives(
                    payment(sampled.get(0)).stampedAt("10:00:10"),
                    payment(sampled.get(0)).stampedAt("10:00:12"),
                    // Another partition was read sooner: the gap is as long in this direction.
                    payment(sampled.get(0)).stampedAt("10:00:09.500"),
                    payment(sampled.get(1)).stampedAt("10:00:00"),
                    payment(sampled.get(1)).stampedAt("11:00:00"));

            assertThat(operator.counter("recordsForwarded")).isEqualTo(2);
            assertThat(operator.counter("duplicatesDropped")).isEqualTo(3);
            HistogramStatistics gaps = operator.histogram("duplicateGapMs").getStatistics();
            assertThat(gaps.getValues()).containsExactlyInAnyOrder(500, 2_000, 3_600_000);
        }

        @Test
        void countsEveryDuplicateButMeasuresOnlyThoseOfOneIdInSixteen() {
            String notSampled = idsThatAre(id -> !KeepFirst.isSampled(id)).get(0);
            operator.arrives(
                    payment(notSampled).stampedAt("10:00:00"),
                    payment(notSampled).stampedAt("10:00:05"));

            assertThat(operator.counter("duplicatesDropped")).isEqualTo(1);
            assertThat(operator.histogram("duplicateGapMs").getCount()).isZero();
            assertThat(idsThatAre(KeepFirst::isSampled)).as("of 16,000 ids").hasSizeBetween(900, 1_100);
        }

        private static List<String> idsThatAre(Predicate<Id> wanted) {
            OccurrenceReader reader = new OccurrenceReader(new EventFields(List.of("/paymentId"), null, null));
            return IntStream.range(0, 16_000)
                    .mapToObj(i -> "p-" + i)
                    .filter(id -> wanted.test(reader.read(payment(id).record()).id()))
                    .toList();
        }
    }

    @Nested
    class TheStateOfExpiredIds {
        private static final int IDS = 10_000;

        private void arriveAtOnce() {
            operator.arrives(
                    IntStream.range(0, IDS).mapToObj(i -> payment("p-" + i)).toArray(Payment[]::new));
            assertThat(operator.entries()).isEqualTo(IDS);
        }

        @Test
        void isGoneFromTheHeapAfterAFullPassOfTheIncrementalCleanup() {
            arriveAtOnce();
            operator.clock(EXPIRY);
            Payment another = payment("another");

            operator.arrives(another);
            assertThat(operator.entries()).as("before the pass").isGreaterThan(IDS / 2);
            for (int access = 0; access < OperatorUnderTest.ACCESSES_FOR_A_FULL_PASS; access++) {
                operator.arrives(another);
            }

            assertThat(operator.entries()).as("the one id that is alive").isEqualTo(1);
        }

        @Test
        void isGoneFromRocksDbAfterACompaction() throws Exception {
            operator.close();
            operator = OperatorUnderTest.of(
                    new KeepFirst(RETENTION), OperatorUnderTest.BY_ID, new EmbeddedRocksDBStateBackend());
            arriveAtOnce();

            operator.clock(EXPIRY - 1);
            compact();
            assertThat(operator.entries()).as("a millisecond too early").isEqualTo(IDS);
            operator.clock(EXPIRY);
            compact();

            assertThat(operator.entries()).isZero();
        }

        private void compact() throws Exception {
            RocksDBKeyedStateBackend<?> backend = (RocksDBKeyedStateBackend<?>)
                    (Object) operator.harness().getOperator().getKeyedStateBackend();
            backend.compactState(new ValueStateDescriptor<>("first-seen", Types.INT));
        }
    }
}
