package dev.flinkcookbook.exactlyonce;

import static dev.flinkcookbook.exactlyonce.Transfers.transfer;
import static dev.flinkcookbook.exactlyonce.Transfers.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TransferReaderTest {

    private static final Set<String> REASONS = Set.of(
            "no-value",
            "not-a-transfer",
            "incomplete",
            "text-out-of-range",
            "to-itself",
            "not-positive",
            "amount-out-of-range");

    private final TransferReader reader = new TransferReader();

    private Transfer read(String json) throws TransferRefusedException {
        return reader.read(utf8(json));
    }

    private void assertRefused(String reason, byte[] json) {
        assertThatExceptionOfType(TransferRefusedException.class)
                .as(() -> new String(json, StandardCharsets.UTF_8))
                .isThrownBy(() -> reader.read(json))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason))
                .satisfies(e -> assertThat(e.getMessage()).isNotBlank())
                .withNoCause();
    }

    private void assertRefused(String reason, String json) {
        assertRefused(reason, utf8(json));
    }

    /** The amount as a piece of JSON, so with quotation marks if it is to be a string. */
    private static String withAmount(String json) {
        return transfer("t-1").json().replace("\"1.00\"", json);
    }

    @Nested
    class ATransfer {
        @Test
        void isReadWholeAndWithItsDecimalsAsTheyWereWritten() throws Exception {
            assertThat(read(transfer("t-1").from("a").to("b").amount("10.50").json()))
                    .isEqualTo(new Transfer("t-1", "a", "b", new BigDecimal("10.50"), Transfers.AT));
        }

        @Test
        void mayHaveFieldsThatNobodyKnows() throws Exception {
            String more = ",\"amounts\":[1e999999999,{\"amount\":\"2\"}],\"\":null,\"note\":\"\\u0000\"}";

            assertThat(read(transfer("t-1").json().replace("}", more)))
                    .isEqualTo(read(transfer("t-1").json()));
        }

        @Test
        void mayHaveItsFieldsInAnyOrderAndSpaceAroundThem() throws Exception {
            assertThat(read("\n { \"amount\" : 1.00,\"to\":\"b\",\"at\":\"2026-01-01T11:00:00+01:00\",\t\"from\":\"a\","
                            + "\"transferId\":\"t-1\" } \n"))
                    .isEqualTo(read(transfer("t-1").json()));
        }

        /** Applications disagree on whether ids are numbers; what counts is the text, so 1 and "1" are one account. */
        @Test
        void mayNameItsAccountsByNumbers() throws Exception {
            String json = transfer("t-1").json().replace("\"from\":\"a\"", "\"from\":1");

            assertThat(read(json).from()).isEqualTo("1");
            assertRefused("to-itself", json.replace("\"to\":\"b\"", "\"to\":\"1\""));
        }
    }

    /** What names a transfer or an account. */
    @Nested
    class AName {
        @ParameterizedTest
        @ValueSource(strings = {"true", "1.0", "1e3", "[]", "{}"})
        void isTextOrAWholeNumber(String json) {
            assertRefused("not-a-transfer", transfer("t-1").json().replace("\"t-1\"", json));
            assertRefused("not-a-transfer", transfer("t-1").from("of it").json().replace("\"of it\"", json));
        }

        private void isRefused(String name) {
            assertRefused("text-out-of-range", transfer(name).json());
            assertRefused("text-out-of-range", transfer("t-1").from(name).json());
            assertRefused("text-out-of-range", transfer("t-1").to(name).json());
        }

        @ParameterizedTest
        @ValueSource(strings = {"Zoë", "口座", "🐿", "\\ud83d\\udc3f", "\\ufffe", "\\u0001", "a\\tb"})
        void mayBeOfAnyScript(String name) throws Exception {
            assertThat(read(transfer(name).from("from " + name).to(name).json()).from())
                    .startsWith("from ");
        }

        /** As JSON escapes: what is no UTF-8 at all is refused by the parser. */
        @ParameterizedTest
        @ValueSource(strings = {"\\u0000", "\\ud83d", "\\udc3f", "\\udc3f\\ud83d"})
        void mayHaveNeitherNulNorHalfACharacter(String part) {
            isRefused("a" + part + "b");
        }

        @Test
        void mayHaveTwoHundredAndFiftyFiveCharacters() throws Exception {
            String longest = "€".repeat(255);

            assertThat(read(transfer("t-1").from(longest).json()).from()).isEqualTo(longest);
            isRefused(longest + "€");
        }
    }

    @Nested
    class TheAmount {
        @ParameterizedTest
        @CsvSource({
            "0.1, 0.1",
            "'\"0.1\"', 0.1",
            "7, 7",
            "'\"7\"', 7",
            "1e2, 1E+2",
            "'\"1e2\"', 1E+2",
            "999999999999999.999999999, 999999999999999.999999999",
            "0.000000001, 0.000000001",
            "1e14, 1E+14",
            "1e-9, 1E-9",
            "'\" 5 \"', 5"
        })
        void isTheSameAsANumberAndAsAStringAndNeverRounded(String json, String amount) throws Exception {
            assertThat(read(withAmount(json)).amount()).isEqualTo(new BigDecimal(amount));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"0", "\"0.00\"", "-1", "\"-0.01\"", "-0", "0e999999999", "0e-999999999", "-1e999999999"})
        void isRefusedUnlessItIsPositive(String json) {
            assertRefused("not-positive", withAmount(json));
        }

        /** None of them may be computed with: as digits each would fill the memory, or the balance of its account. */
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "1e999999999",
                    "\"1e999999999\"",
                    "1e-999999999",
                    "\"1e-999999999\"",
                    "1e2147483647",
                    "1e15",
                    "1000000000000000",
                    "0.0000000001",
                    "1.0000000000",
                    "\"1e-10\""
                })
        void isRefusedBeyondTwentyFourDigitsNineOfThemDecimals(String json) {
            assertRefused("amount-out-of-range", withAmount(json));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "1e9999999999",
                    "\"1e9999999999\"",
                    "1e-9999999999",
                    "\"1,00\"",
                    "\"1.00 EUR\"",
                    "\"NaN\"",
                    "NaN",
                    "\"Infinity\"",
                    "0x10",
                    "\"0x10\"",
                    "01",
                    "+1",
                    ".5",
                    "5.",
                    "true",
                    "[1]",
                    "{}"
                })
        void isRefusedIfItIsNoNumber(String json) {
            assertRefused("not-a-transfer", withAmount(json));
        }

        @Test
        void isRefusedWithMoreDigitsThanAnybodyWrites() {
            String zeros = "0".repeat(2_000);

            assertRefused("not-a-transfer", withAmount("0." + zeros + "1"));
            assertRefused("not-a-transfer", withAmount("\"0." + zeros + "1\""));
            assertRefused("not-a-transfer", withAmount("1" + zeros));
            assertRefused("amount-out-of-range", withAmount("0." + zeros.substring(0, 900) + "1"));
            assertRefused("not-positive", withAmount("0." + zeros.substring(0, 900)));
        }
    }

    @Nested
    class WhatIsRefused {
        @Test
        void isARecordWithoutAValue() {
            assertThatExceptionOfType(TransferRefusedException.class)
                    .isThrownBy(() -> reader.read(null))
                    .satisfies(e -> assertThat(e.reason()).isEqualTo("no-value"))
                    .withMessage("a record without a value is no transfer");
        }

        @ParameterizedTest
        @ValueSource(strings = {"transferId", "from", "to", "amount", "at"})
        void isATransferWithoutOneOfItsFields(String field) {
            String json = transfer("t-1").json();
            String missing =
                    json.replaceAll("\"" + field + "\":\"[^\"]*\",?", "").replace(",}", "}");
            String isNull = json.replaceAll("\"" + field + "\":\"[^\"]*\"", "\"" + field + "\":null");
            String blank = json.replaceAll("\"" + field + "\":\"[^\"]*\"", "\"" + field + "\":\" \"");

            assertRefused("incomplete", missing);
            assertRefused("incomplete", isNull);
            assertRefused("incomplete", blank);
            assertThatExceptionOfType(TransferRefusedException.class)
                    .isThrownBy(() -> read(missing))
                    .withMessage(field + " is missing");
        }

        @Test
        void isATransferFromAnAccountToItself() {
            assertRefused("to-itself", transfer("t-1").from("a").to("a").json());
        }

        @ParameterizedTest
        @ValueSource(strings = {"[]", "\"t-1\"", "7", "true", "", " ", "{", "}", "{\"transferId\"", "<transfer/>"})
        void isAnythingButAnObject(String json) {
            assertRefused("not-a-transfer", json);
        }

        @Test
        void isNull() {
            assertRefused("incomplete", "null");
        }

        @Test
        void isAFieldThatComesTwiceAlsoOneThatNobodyKnows() {
            String json = transfer("t-1").json();

            assertRefused("not-a-transfer", json.replace("{", "{\"amount\":\"1.00\","));
            assertRefused("not-a-transfer", json.replace("{", "{\"note\":1,\"note\":1,"));
            assertRefused("not-a-transfer", json.replace("{", "{\"note\":{\"a\":1,\"a\":1},"));
        }

        @ParameterizedTest
        @ValueSource(strings = {"{}", " x", "]", "}", ",", "0", "\0"})
        void isWhateverHasSomethingBehindIt(String trailing) {
            assertRefused("not-a-transfer", transfer("t-1").json() + trailing);
        }

        @ParameterizedTest
        @ValueSource(strings = {"\"yesterday\"", "\"2026-13-01T00:00:00Z\"", "\"2026-01-01T10:00:00\"", "{}", "true"})
        void isATimeThatIsNone(String at) {
            assertRefused("not-a-transfer", transfer("t-1").json().replace('"' + Transfers.AT.toString() + '"', at));
        }

        @Test
        void isATransferCutOffAtAnyByte() {
            byte[] json = utf8(transfer("t-1").from("Zoë").json());
            for (int length = 0; length < json.length; length++) {
                assertRefused("not-a-transfer", Arrays.copyOf(json, length));
            }
        }

        @Test
        void isNestedDeeperThanAnyStack() {
            String json = transfer("t-1").json().replace("}", ",\"note\":" + "[".repeat(100_000) + "}");

            assertRefused("not-a-transfer", json);
        }
    }

    @Nested
    class FiveThousandDamagedTransfers {
        private static final long SEED = 20260101;

        /** Whatever else it threw would restart the job, again and again, at the same record. */
        @Test
        void areReadOrRefusedWithAReasonThatIsKnown() {
            Random random = new Random(SEED);
            Map<String, Integer> seen = new TreeMap<>();
            for (int i = 0; i < 5_000; i++) {
                byte[] json = utf8(transfer("t-" + i).json());
                for (int damage = 1 + random.nextInt(3); damage > 0; damage--) {
                    // Half of it printable: what is no text at all is refused too soon to show anything.
                    int with = random.nextBoolean() ? ' ' + random.nextInt(95) : random.nextInt(256);
                    json[random.nextInt(json.length)] = (byte) with;
                }
                seen.merge(answer(json), 1, Integer::sum);
            }
            assertThat(REASONS)
                    .containsAll(seen.keySet().stream()
                            .filter(answer -> !answer.equals("read"))
                            .toList());
            // Damage that is always the same would prove nothing.
            assertThat(seen.get("read")).isGreaterThan(100);
            assertThat(seen.get("not-a-transfer")).isGreaterThan(1_000);
            assertThat(seen.get("incomplete")).isGreaterThan(300);
        }

        private String answer(byte[] json) {
            try {
                reader.read(json);
                return "read";
            } catch (TransferRefusedException e) {
                return e.reason();
            }
        }
    }
}
