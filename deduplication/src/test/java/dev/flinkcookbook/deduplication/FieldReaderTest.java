package dev.flinkcookbook.deduplication;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.core.JsonPointer;
import java.math.BigDecimal;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldReaderTest {

    private static final String PAYMENT = """
            {"account":"a-7","amount":"12.50","lines":[{"n":1},{"n":2.5e3}],"note":"caf\\u00e9 é €","paymentId":"p-1"}""";

    private static Object[] read(byte[] document, String... pointers) throws UnreadableEventException {
        return new FieldReader(Arrays.stream(pointers).map(JsonPointer::compile).toList()).read(document);
    }

    private static Object[] read(String document, String... pointers) throws UnreadableEventException {
        return read(document.getBytes(UTF_8), pointers);
    }

    private static void assertUnreadable(String reason, byte[] document, String... pointers) {
        assertThatExceptionOfType(UnreadableEventException.class)
                .isThrownBy(() -> read(document, pointers))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason))
                .satisfies(e -> assertThat(e.getMessage()).isNotBlank());
    }

    private static void assertUnreadable(String reason, String document, String... pointers) {
        assertUnreadable(reason, document.getBytes(UTF_8), pointers);
    }

    @Nested
    class APointer {
        @Test
        void leadsIntoObjects() throws Exception {
            assertThat(read("{\"a\":{\"b\":{\"c\":\"deep\"}},\"c\":\"shallow\"}", "/a/b/c"))
                    .containsExactly("deep");
        }

        @Test
        void leadsIntoArrays() throws Exception {
            String order = "{\"items\":[{\"id\":\"i-0\"},[\"skipped\"],{\"id\":\"i-2\"}]}";
            assertThat(read(order, "/items/2/id", "/items/0/id", "/items/1/0", "/items/3/id"))
                    .containsExactly("i-2", "i-0", "skipped", null);
        }

        @Test
        void leadsIntoADocumentThatIsAnArray() throws Exception {
            assertThat(read("[\"zero\",[1,2]]", "/0", "/1/1")).containsExactly("zero", 2L);
        }

        @Test
        void leadsToAFieldWhoseNameIsANumber() throws Exception {
            assertThat(read("{\"0\":\"named zero\"}", "/0")).containsExactly("named zero");
        }

        @Test
        void leadsToNamesWithSlashesAndTildes() throws Exception {
            assertThat(read("{\"a/b\":1,\"c~d\":2,\"~1\":3,\"\":4}", "/a~1b", "/c~0d", "/~01", "/"))
                    .containsExactly(1L, 2L, 3L, 4L);
        }

        @Test
        void leadsToANameHoweverItIsSpelledInTheDocument() throws Exception {
            assertThat(read("{\"payment\\u0049d\":\"p-1\"}", "/paymentId")).containsExactly("p-1");
            assertThat(read("{\"\\u20ac\":1}", "/€")).containsExactly(1L);
        }

        @Test
        void leadsToTheLastFieldAsWellAsTheFirst() throws Exception {
            assertThat(read(PAYMENT, "/paymentId", "/account")).containsExactly("p-1", "a-7");
        }

        @Test
        void mayStandTwice() throws Exception {
            assertThat(read(PAYMENT, "/account", "/account")).containsExactly("a-7", "a-7");
        }

        @Test
        void mayShareItsWayWithAnother() throws Exception {
            assertThat(read("{\"a\":{\"x\":1,\"y\":2},\"b\":3}", "/a/x", "/a/y", "/b"))
                    .containsExactly(1L, 2L, 3L);
        }

        @Test
        void thatGoesOnBehindAValueFindsNothing() throws Exception {
            assertThat(read("{\"a\":\"text\"}", "/a", "/a/b")).containsExactly("text", null);
        }

        @Test
        void thatEndsWhereAnotherGoesOnMeetsAnObject() {
            assertUnreadable("field-wrong-type", "{\"a\":{\"b\":1}}", "/a", "/a/b");
            assertUnreadable("field-wrong-type", "{\"a\":{\"b\":1}}", "/a/b", "/a");
        }

        @Test
        void findsNothingWhereTheDocumentIsAValue() throws Exception {
            for (String document : new String[] {"1", "\"text\"", "true", "null", " 1 "}) {
                assertThat(read(document, "/a")).containsExactly((Object) null);
            }
        }

        @Test
        void isNotTakenInByAFieldOfThatNameElsewhere() throws Exception {
            assertThat(read("{\"a\":{\"id\":1},\"b\":[{\"id\":2}]}", "/id")).containsExactly((Object) null);
        }
    }

    @Nested
    class AValue {
        @Test
        void isTextANumberOrABoolean() throws Exception {
            assertThat(read("{\"a\":\"1\",\"b\":1,\"c\":true,\"d\":false,\"e\":null}", "/a", "/b", "/c", "/d", "/e"))
                    .containsExactly("1", 1L, true, false, null);
        }

        @ParameterizedTest
        @ValueSource(strings = {"{}", "[]", "{\"b\":1}", "[1]"})
        void isNeitherAnObjectNorAnArray(String value) {
            assertUnreadable("field-wrong-type", "{\"a\":" + value + "}", "/a");
        }

        @Test
        void isReadWithAllItsEscapes() throws Exception {
            assertThat(read("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"}", "/a"))
                    .containsExactly("\"\\/\b\f\n\r\té😀");
        }
    }

    @Nested
    class ANumber {
        @ParameterizedTest
        @CsvSource({
            "0, 0",
            "-0, 0",
            "0.0, 0",
            "-0.0e-7, 0",
            "0e999999999, 0",
            "1, 1",
            "1.0, 1",
            "1e0, 1",
            "10e-1, 1",
            "100, 100",
            "1e2, 100",
            "1E+2, 100",
            "1000000000000000000, 1000000000000000000",
            "1e18, 1000000000000000000",
            "9223372036854775807, 9223372036854775807",
            "9223372036854775807.0, 9223372036854775807",
            "9.223372036854775807e18, 9223372036854775807",
            "-9223372036854775808, -9223372036854775808",
            "-9223372036854775808.000, -9223372036854775808",
        })
        void thatIsAnIntegerOf64BitsIsALongHoweverItIsSpelled(String spelling, long expected) throws Exception {
            assertThat(read("{\"a\":" + spelling + "}", "/a")).containsExactly(expected);
        }

        @ParameterizedTest
        @CsvSource({
            "9223372036854775808, 9223372036854775808",
            "9.223372036854775808e18, 9223372036854775808",
            "-9223372036854775809, -9223372036854775809",
            "10000000000000000000, 1E+19",
            "1e19, 1E+19",
            "0.50, 0.5",
            "5e-1, 0.5",
            "1e400, 1E+400",
            "10e399, 1E+400",
            "1e-400, 1E-400",
        })
        void ofAnyOtherValueIsADecimalWithoutTrailingZeros(String spelling, BigDecimal expected) throws Exception {
            // equals of BigDecimal, unlike compareTo, sees the scale
            assertThat(read("{\"a\":" + spelling + "}", "/a")).containsExactly(expected);
        }

        @Test
        void ofAThousandDigitsIsReadAndOfOneMoreIsBeyondTheLimits() throws Exception {
            assertThat(read("{\"a\":" + "7".repeat(1000) + "}", "/a"))
                    .containsExactly(new BigDecimal("7".repeat(1000)));
            assertUnreadable("json-beyond-limits", "{\"a\":" + "7".repeat(1001) + "}", "/a");
            assertUnreadable("json-beyond-limits", "{\"a\":0." + "7".repeat(1001) + "}", "/a");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "1e999999999999",
                    "1e-999999999999",
                    "-1e99999999999999999999",
                    "100e2147483647",
                    "0e9999999999"
                })
        void withTooLargeAnExponentIsBeyondTheLimits(String spelling) {
            assertUnreadable("json-beyond-limits", "{\"a\":" + spelling + "}", "/a");
        }

        @Test
        void withALargeExponentCostsNoMoreThanAnother() throws Exception {
            // Written out it would be two billion digits.
            assertThat(read("{\"a\":1e2147483647}", "/a")).containsExactly(new BigDecimal("1e2147483647"));
        }

        @ParameterizedTest
        @ValueSource(strings = {"01", "+1", ".5", "5.", "1e", "-", "0x1", "NaN", "Infinity", "1_000"})
        void thatJsonDoesNotKnowIsNotJson(String spelling) {
            assertUnreadable("not-json", "{\"a\":" + spelling + "}", "/a");
        }
    }

    @Nested
    class AFieldTwice {
        @Test
        void isAmbiguousEvenIfBothAreEqual() {
            assertUnreadable("field-repeated", "{\"a\":1,\"a\":2}", "/a");
            assertUnreadable("field-repeated", "{\"a\":1,\"a\":1}", "/a");
            assertUnreadable("field-repeated", "{\"a\":null,\"a\":1}", "/a");
            assertUnreadable("field-repeated", "{\"a\":1,\"\\u0061\":1}", "/a");
        }

        @Test
        void isAmbiguousOnTheWayToAnother() {
            assertUnreadable("field-repeated", "{\"a\":{\"b\":1},\"a\":{\"b\":2}}", "/a/b");
            assertUnreadable("field-repeated", "{\"a\":{\"b\":1},\"a\":{}}", "/a/b");
            assertUnreadable("field-repeated", "{\"a\":{},\"a\":{\"b\":1}}", "/a/b");
            assertUnreadable("field-repeated", "{\"a\":[{\"b\":1,\"b\":2}]}", "/a/0/b");
        }

        @Test
        void doesNotMatterWhereNobodyReadsIt() throws Exception {
            assertThat(read("{\"x\":1,\"x\":2,\"a\":1,\"y\":{\"a\":1,\"a\":2}}", "/a"))
                    .containsExactly(1L);
        }

        @Test
        void isNotTheSameNameInTwoObjects() throws Exception {
            assertThat(read("{\"l\":[{\"b\":1},{\"b\":2}]}", "/l/0/b", "/l/1/b"))
                    .containsExactly(1L, 2L);
        }
    }

    @Nested
    class ADocument {
        @Test
        void isReadToTheEndSoThatNoTruncatedCopyPassesForIt() throws Exception {
            byte[] payment = PAYMENT.getBytes(UTF_8);
            assertThat(read(payment, "/paymentId")).containsExactly("p-1");
            for (int length = 0; length < payment.length; length++) {
                assertUnreadable("not-json", Arrays.copyOf(payment, length), "/paymentId");
                assertUnreadable("not-json", Arrays.copyOf(payment, length), "/account");
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"", " ", "\n\t\r  "})
        void isNotNothing(String nothing) {
            assertUnreadable("not-json", nothing, "/a");
        }

        @ParameterizedTest
        @ValueSource(strings = {"{\"a\":1}", "x", "]", "}", ",", "1", "null", "\u0000", "//", "\uFEFF", "\u00a0"})
        void endsTheValue(String rest) {
            assertUnreadable("not-json", "{\"a\":1}" + rest, "/a");
            assertUnreadable("not-json", "{\"a\":1} " + rest, "/a");
        }

        @Test
        void mayHaveSpaceAroundIt() throws Exception {
            assertThat(read(" \r\n\t{ \"a\" : 1 } \r\n\t", "/a")).containsExactly(1L);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{a:1}",
                    "{'a':1}",
                    "{\"a\":1,}",
                    "{\"a\" 1}",
                    "{\"a\":}",
                    "{,\"a\":1}",
                    "{\"a\":1 \"b\":2}",
                    "{\"b\":[1,],\"a\":1}",
                    "{\"b\":[1 2],\"a\":1}",
                    "{\"b\":[},\"a\":1}",
                    "{\"a\":1/**/}",
                    "# {\"a\":1}",
                    "{\"a\":\"line\nbreak\"}",
                    "{\"b\":\"line\nbreak\",\"a\":1}",
                    "{\"a\":\"\\x41\"}",
                    "{\"b\":\"\\u12\",\"a\":1}",
                    "{\"b\":tru,\"a\":1}",
                    "{\"b\":trueish,\"a\":1}",
                    "<a>1</a>",
                    "a=1"
                })
        void isJsonToTheLetter(String document) {
            assertUnreadable("not-json", document, "/a");
        }

        @Test
        void mayBeALargeOne() throws Exception {
            String note = "x".repeat(900_000);
            assertThat(read("{\"note\":\"" + note + "\",\"a\":1}", "/a")).containsExactly(1L);
            assertThat(read("{\"a\":\"" + note + "\"}", "/a")).containsExactly(note);
            assertThat(read("{\"l\":[" + "1,".repeat(400_000) + "1],\"a\":1}", "/a", "/l/400000"))
                    .containsExactly(1L, 1L);
        }

        @ParameterizedTest
        @ValueSource(strings = {"[", "{\"n\":"})
        void mayNestAThousandDeepAndNoFurther(String open) throws Exception {
            String close = open.equals("[") ? "]" : "}";
            String nested = open.repeat(999) + "1" + close.repeat(999);
            assertThat(read("{\"x\":" + nested + ",\"a\":1}", "/a")).containsExactly(1L);
            assertUnreadable(
                    "json-beyond-limits", "{\"x\":" + open.repeat(100_000) + close.repeat(100_000) + ",\"a\":1}", "/a");
            assertUnreadable("json-beyond-limits", open.repeat(100_000), "/a");
        }

        @Test
        void mayHoldNamesThatWereMadeToCollide() throws Exception {
            // Jackson's table of names hashes characters as 33 * hash + character, whatever its seed: "ab" and "bA"
            // collide, and so does every name made of them. (Names in UTF-8 are protected by the seed.)
            StringBuilder document = new StringBuilder("{");
            for (int i = 0; i < 1 << 12; i++) {
                document.append('"');
                for (int bit = 0; bit < 12; bit++) {
                    document.append((i >> bit & 1) == 0 ? "ab" : "bA");
                }
                document.append("\":1,");
            }
            byte[] inUtf16 = document.append("\"a\":1}").toString().getBytes(StandardCharsets.UTF_16BE);
            assertThat(read(inUtf16, "/a")).containsExactly(1L);
        }

        @Test
        void mayNotHoldANameBeyondTheLimits() throws Exception {
            assertThat(read("{\"" + "n".repeat(50_000) + "\":1,\"a\":1}", "/a")).containsExactly(1L);
            assertUnreadable("json-beyond-limits", "{\"" + "n".repeat(60_000) + "\":1,\"a\":1}", "/a");
        }
    }

    @Nested
    class TheEncoding {
        @Test
        void mayBeMarked() throws Exception {
            assertThat(read("\uFEFF{\"a\":\"é\"}", "/a")).containsExactly("é");
        }

        static Stream<Charset> others() {
            return Stream.of(
                    StandardCharsets.UTF_16BE,
                    StandardCharsets.UTF_16LE,
                    Charset.forName("UTF-32BE"),
                    Charset.forName("UTF-32LE"));
        }

        @ParameterizedTest
        @MethodSource("others")
        void mayBeAnotherOfUnicode(Charset charset) throws Exception {
            assertThat(read("{\"a\":\"é😀\"}".getBytes(charset), "/a")).containsExactly("é😀");
        }

        @ParameterizedTest
        @MethodSource("others")
        void isNotJsonIfItIsTruncatedInsideTheDocument(Charset charset) {
            byte[] document = "{\"a\":\"é😀\"}".getBytes(charset);
            for (int length = 0; length < document.length; length++) {
                assertUnreadable("not-json", Arrays.copyOf(document, length), "/a");
            }
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "\u00ff", // never a byte of UTF-8
                    "\u0080", // goes on where nothing has begun
                    "\u00c3", // begins what the quote does not go on with
                    "\u00e2\u0082",
                    "\u00f0\u009f\u0098",
                    "\u00e9" // Latin-1
                })
        void isNotJsonIfItIsBrokenWhetherTheFieldIsReadOrSkipped(String latin1) {
            assertUnreadable("not-json", ("{\"a\":\"" + latin1 + "\"}").getBytes(ISO_8859_1), "/a");
            assertUnreadable("not-json", ("{\"x\":\"" + latin1 + "\",\"a\":1}").getBytes(ISO_8859_1), "/a");
            assertUnreadable("not-json", ("{\"x" + latin1 + "\":1,\"a\":1}").getBytes(ISO_8859_1), "/a");
        }

        @Test
        void isNotJsonIfItIsNoneThatIsKnown() {
            assertUnreadable("not-json", new byte[] {0, 0, (byte) 0xff, (byte) 0xfe, 1, 2, 3, 4}, "/a");
        }
    }

    @Nested
    class AReader {
        @Test
        void isAsGoodAsNewAfterADocumentThatItCouldNotRead() throws Exception {
            FieldReader reader = new FieldReader(
                    Stream.of("/a", "/b").map(JsonPointer::compile).toList());
            assertThatExceptionOfType(UnreadableEventException.class)
                    .isThrownBy(() -> reader.read("{\"a\":1,\"b\":2".getBytes(UTF_8)));
            assertThat(reader.read("{\"b\":3}".getBytes(UTF_8))).containsExactly(null, 3L);
            assertThat(reader.read("{\"a\":4}".getBytes(UTF_8))).containsExactly(4L, null);
        }
    }
}
