package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.Log.json;
import static dev.flinkcookbook.changedatacapture.Log.text;
import static dev.flinkcookbook.changedatacapture.Log.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LargeValuesTest {

    private static final String PLACEHOLDER = "'__debezium_unavailable_value'";

    private static LargeValues.Row restored(String row, String known) {
        return LargeValues.restore(utf8(json(row)), known == null ? null : utf8(json(known)));
    }

    private static void isRestored(String row, String known, String restored, int unknown) {
        LargeValues.Row result = restored(row, known);
        assertThat(text(result.json())).isEqualTo(json(restored));
        assertThat(result.unknown()).isEqualTo(unknown);
    }

    @Nested
    class AValueThatIsKnown {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "'a large one'",
                    "'ü \\u00fc \\\" \\\\ 😀 \\ud83d\\ude00'",
                    "''",
                    "null",
                    "true",
                    "5.50",
                    "1.0E10",
                    "123456789012345678901234567890",
                    "1e99999999999",
                    "{ 'deep' : [1, {'notes':'x'}] }",
                    "[]",
                })
        void takesThePlaceOfThePlaceholderByteForByte(String value) {
            for (String format : new String[] {
                "{'id':1,'notes':%s,'total':5.50}", "{'notes':%s}", "{ 'id' : 1.0E10 ,\n 'notes' : %s , 'x':[%2$s] }",
            }) {
                isRestored(
                        format.formatted(PLACEHOLDER, "1"),
                        "{'z':0,'notes':" + value + "}",
                        format.formatted(value, "1"),
                        0);
                isRestored(
                        format.formatted(PLACEHOLDER, "1"),
                        "{'notes' :" + value + " , 'z':0}",
                        format.formatted(value, "1"),
                        0);
            }
        }

        @Test
        void isFoundInItsColumn() {
            isRestored(
                    "{'a':" + PLACEHOLDER + ",'b':" + PLACEHOLDER + ",'c':3}",
                    "{'c':'C','b':'B','a':'A','x':{'a':'nested'}}",
                    "{'a':'A','b':'B','c':3}",
                    0);
        }

        @Test
        void mayBeLargerThanAnyParserLikes() {
            byte[] large = new byte[21_000_000];
            Arrays.fill(large, (byte) 'x');
            byte[] prefix = utf8(json("{'notes':" + PLACEHOLDER + ",'other':'"));
            byte[] row = Arrays.copyOf(prefix, prefix.length + large.length + 2);
            System.arraycopy(large, 0, row, prefix.length, large.length);
            System.arraycopy(utf8("\"}"), 0, row, prefix.length + large.length, 2);

            LargeValues.Row restored = LargeValues.restore(row, utf8("{\"notes\":1}"));

            assertThat(restored.unknown()).isZero();
            assertThat(restored.json()).hasSize(row.length - PLACEHOLDER.length() + 1);
        }
    }

    @Test
    void twoColumnsWithOneNameAreReplacedByTheLast() {
        String placeholder = "__debezium_unavailable_value";
        byte[] row = utf8("{\"a\":\"%1$s\",\"b\":\"%1$s\",\"a\":\"%1$s\"}".formatted(placeholder));

        assertThat(LargeValues.restore(row, utf8("{\"a\":1,\"b\":2}")).json())
                .asString()
                .isEqualTo("{\"a\":\"%s\",\"b\":2,\"a\":1}".formatted(placeholder));
    }

    @Nested
    class AValueThatIsNotKnown {
        @Test
        void isCountedAndStays() {
            String row = "{'a':" + PLACEHOLDER + ",'b':" + PLACEHOLDER + ",'c':" + PLACEHOLDER + "}";

            isRestored(row, null, row, 3);
            isRestored(row, "{}", row, 3);
            isRestored(row, row, row, 3);
            isRestored(
                    row,
                    "{'a':" + PLACEHOLDER + ",'c':'C'}",
                    "{'a':" + PLACEHOLDER + ",'b':" + PLACEHOLDER + ",'c':'C'}",
                    2);
        }
    }

    @Nested
    class ARowWithoutAPlaceholder {
        @Test
        void isTheSame() {
            byte[] row = utf8(json("{'id':1,'notes':'short'}"));

            assertThat(LargeValues.restore(row, utf8(json("{'notes':'other'}"))).json())
                    .isSameAs(row);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{'__debezium_unavailable_value':1}",
                    "{'notes':['__debezium_unavailable_value']}",
                    "{'notes':{'notes':'__debezium_unavailable_value'}}",
                    "{'notes':'see __debezium_unavailable_value'}",
                    "{'notes':'\\'__debezium_unavailable_value\\''}",
                    "{}",
                })
        void mayMentionIt(String row) {
            String escaped = row.replace("\\'", "\\\"");
            isRestored(escaped, "{'notes':'other','__debezium_unavailable_value':2}", escaped, 0);
        }
    }
}
