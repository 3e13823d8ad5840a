package dev.flinkcookbook.exactlyonce;

import static dev.flinkcookbook.exactlyonce.Transfers.entry;
import static dev.flinkcookbook.exactlyonce.Transfers.transfer;
import static dev.flinkcookbook.exactlyonce.Transfers.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.exactlyonce.LedgerOracle.Result;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** An oracle that cannot fail is none: each way to break the guarantee is seen, and by its name. */
class LedgerOracleTest {

    private static final String T1_A = entry("t-1", "a", "-1.50", "-1.50", 1);
    private static final String T1_B = entry("t-1", "b", "1.50", "1.50", 1);
    private static final String T2_B = entry("t-2", "b", "-2.00", "-0.50", 2);
    private static final String T2_A = entry("t-2", "a", "2.00", "0.50", 2);
    private static final String T3_A = entry("t-3", "a", "-3.00", "-2.50", 3);
    private static final String T3_B = entry("t-3", "b", "3.00", "2.50", 3);

    /** Three transfers between a and b, and a fourth record, at offset 3, that is none. */
    private final LedgerOracle oracle = new LedgerOracle();

    private long offset;

    private static ConsumerRecord<byte[], byte[]> record(String topic, long offset, byte[] value) {
        return new ConsumerRecord<>(topic, 0, offset, null, value);
    }

    private void input(String json) {
        oracle.input(record("transfers", offset++, json == null ? null : utf8(json)));
    }

    private void inputs() {
        input(transfer("t-1").from("a").to("b").amount("1.50").json());
        input(transfer("t-2").from("b").to("a").amount("2.00").json());
        input(transfer("t-3").from("a").to("b").amount("3.00").json());
        input("{");
    }

    private void outputs(String... entries) {
        for (String entry : entries) {
            oracle.output(record("ledger", 0, utf8(entry)));
        }
    }

    private void deadLetterOf(long offset) {
        ConsumerRecord<byte[], byte[]> letter = record("dead-letters", 0, utf8("{"));
        letter.headers().add("dead-letter.partition", utf8("0"));
        letter.headers().add("dead-letter.offset", utf8(Long.toString(offset)));
        oracle.deadLetter(letter);
    }

    private Result audit(String... entries) {
        inputs();
        outputs(entries);
        deadLetterOf(3);
        assertThat(oracle.result().isExactlyOnce()).as("the verdict").isFalse();
        return oracle.result();
    }

    private static Result result(
            long delivered, long lost, long duplicated, long sequences, long balances, String sum) {
        return new Result(6, delivered, lost, duplicated, sequences, balances, new BigDecimal(sum), 1);
    }

    @Nested
    class ALedgerThatIsRight {
        @Test
        void passes() {
            inputs();
            outputs(T1_A, T1_B, T2_B, T2_A, T3_A, T3_B);
            deadLetterOf(3);

            assertThat(oracle.result()).isEqualTo(result(6, 0, 0, 0, 0, "0.00"));
            assertThat(oracle.result().isExactlyOnce()).isTrue();
        }

        @Test
        void passesWhateverTheOrderOfTheTopicsAndOfTheAccounts() {
            deadLetterOf(3);
            outputs(T1_B, T2_B, T1_A, T3_B, T2_A, T3_A);
            inputs();

            assertThat(oracle.result().isExactlyOnce()).isTrue();
        }

        @Test
        void passesWhateverTheDecimals() {
            input(transfer("t-1").from("a").to("b").amount("1.5").json());
            outputs(entry("t-1", "a", "-1.50", "-1.5", 1), entry("t-1", "b", "1.500", "1.50", 1));

            assertThat(oracle.result().isExactlyOnce()).isTrue();
        }
    }

    @Nested
    class ALedgerThatIsWrong {
        @Test
        void hasNothingInIt() {
            assertThat(oracle.result().isExactlyOnce()).as("nothing expected").isFalse();
            assertThat(audit()).isEqualTo(result(0, 6, 0, 0, 0, "0"));
        }

        @Test
        void lacksTheLastEntry() {
            assertThat(audit(T1_A, T1_B, T2_B, T2_A, T3_A)).isEqualTo(result(5, 1, 0, 0, 0, "-3.00"));
        }

        @Test
        void hasAGapWhereAnEntryIsLost() {
            assertThat(audit(T1_A, T1_B, T2_B, T3_A, T3_B)).isEqualTo(result(5, 1, 0, 1, 1, "-2.00"));
        }

        @Test
        void lacksOneSideOfATransfer() {
            assertThat(audit(T1_A, T2_A, T3_A)).isEqualTo(result(3, 3, 0, 0, 0, "-2.50"));
        }

        @Test
        void lacksAWholeTransferWhichTheSumDoesNotShow() {
            assertThat(audit(T1_A, T1_B, T2_B, T2_A)).isEqualTo(result(4, 2, 0, 0, 0, "0.00"));
        }

        @Test
        void hasAnEntryAgain() {
            assertThat(audit(T1_A, T1_B, T2_B, T2_A, T3_A, T3_B, T3_B)).isEqualTo(result(7, 0, 1, 1, 1, "3.00"));
        }

        /** As it comes from a restart without state: sequence and balance hold, each entry is there twice. */
        @Test
        void hasATransferBookedTwice() {
            String again = entry("t-3", "a", "-3.00", "-5.50", 4);
            String againB = entry("t-3", "b", "3.00", "5.50", 4);

            assertThat(audit(T1_A, T1_B, T2_B, T2_A, T3_A, T3_B, again, againB))
                    .isEqualTo(result(8, 0, 2, 0, 0, "0.00"));
        }

        @Test
        void hasOneEntryTwiceAndAnotherNot() {
            assertThat(audit(T1_A, T1_B, T2_B, T2_A, T3_A, T3_A)).isEqualTo(result(6, 1, 1, 1, 1, "-6.00"));
        }

        @Test
        void hasAnEntryThatNobodyOrdered() {
            assertThat(audit(T1_A, T1_B, T2_B, T2_A, T3_A, T3_B, entry("t-9", "c", "0.00", "0.00", 1)))
                    .isEqualTo(result(7, 0, 1, 0, 0, "0.00"));
        }

        @Test
        void hasTheWrongAmountWhichIsOneLostAndOneTooMany() {
            assertThat(audit(T1_A, T1_B, T2_B, T2_A, T3_A, entry("t-3", "b", "3.01", "2.51", 3)))
                    .isEqualTo(result(6, 1, 1, 0, 0, "0.01"));
        }

        @Test
        void hasAWrongBalance() {
            assertThat(audit(T1_A, T1_B, T2_B, T2_A, T3_A, entry("t-3", "b", "3.00", "2.51", 3)))
                    .isEqualTo(result(6, 0, 0, 0, 1, "0.00"));
        }

        @Test
        void hasAWrongSequence() {
            assertThat(audit(T1_A, T1_B, T2_B, T2_A, T3_A, entry("t-3", "b", "3.00", "2.50", 4)))
                    .isEqualTo(result(6, 0, 0, 1, 0, "0.00"));
        }

        @Test
        void hasTwoEntriesOfAnAccountInTheWrongOrder() {
            Result result = audit(T1_A, T1_B, T2_B, T3_A, T2_A, T3_B);

            assertThat(result.lost() + result.duplicated()).isZero();
            assertThat(result.brokenSequences()).isEqualTo(2);
        }
    }

    @Nested
    class TheDeadLetters {
        private void book() {
            inputs();
            outputs(T1_A, T1_B, T2_B, T2_A, T3_A, T3_B);
        }

        @Test
        void mayNotLackOne() {
            book();

            assertThat(oracle.result().lost()).isEqualTo(1);
            assertThat(oracle.result().isExactlyOnce()).isFalse();
        }

        @Test
        void mayNotHaveOneTwice() {
            book();
            deadLetterOf(3);
            deadLetterOf(3);

            assertThat(oracle.result().duplicated()).isEqualTo(1);
            assertThat(oracle.result().deadLetters()).isEqualTo(2);
            assertThat(oracle.result().isExactlyOnce()).isFalse();
        }

        @Test
        void mayNotHoldATransferThatCanBeBooked() {
            book();
            deadLetterOf(3);
            deadLetterOf(0);

            assertThat(oracle.result().duplicated()).isEqualTo(1);
            assertThat(oracle.result().isExactlyOnce()).isFalse();
        }

        @Test
        void areExpectedOfAllThatCannotBeBooked() {
            List<String> unbookable = new ArrayList<>(List.of(
                    transfer("t-1").amount("0.00").json(),
                    transfer("t-2").amount("-1.00").json(),
                    transfer("t-3").to("a").json(),
                    transfer("t-4").json().replace("amount", "sum"),
                    transfer("t-5").json() + "{}",
                    ""));
            unbookable.add(null);
            unbookable.forEach(LedgerOracleTest.this::input);

            assertThat(oracle.result()).isEqualTo(new Result(0, 0, 7, 0, 0, 0, BigDecimal.ZERO, 0));
        }
    }

    @Nested
    class AnInputThatCannotBeJudged {
        @Test
        void isRefusedRatherThanJudged() {
            input(transfer("t-1").json());

            assertThatThrownBy(() -> input(transfer("t-1").amount("2.00").json()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("t-1 twice");
        }
    }
}
