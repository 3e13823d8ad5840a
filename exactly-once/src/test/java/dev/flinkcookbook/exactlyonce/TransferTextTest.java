package dev.flinkcookbook.exactlyonce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which texts may name a transfer or an account. */
class TransferTextTest {

    private static Transfer read(String id, String from, String to) throws TransferRefusedException {
        String json =
                "{\"transferId\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",\"amount\":1,\"at\":\"2026-01-01T10:00:00Z\"}";
        return new TransferReader().read(json.formatted(id, from, to).getBytes(StandardCharsets.UTF_8));
    }

    private static void assertRefused(String id, String from, String to) {
        assertThatExceptionOfType(TransferRefusedException.class)
                .isThrownBy(() -> read(id, from, to))
                .satisfies(e -> assertThat(e.reason()).isEqualTo("text-out-of-range"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Zoë", "口座", "🐿", "\\ud83d\\udc3f", "\\ufffe", "\\u0001", "a\\tb"})
    void mayBeOfAnyScript(String text) throws Exception {
        assertThat(read(text, "from " + text, "to " + text).from()).startsWith("from ");
    }

    /** As JSON escapes: what is no UTF-8 at all is refused by the parser. */
    @ParameterizedTest
    @ValueSource(strings = {"\\u0000", "\\ud83d", "\\udc3f", "\\udc3f\\ud83d"})
    void mayHaveNeitherNulNorHalfACharacter(String part) {
        String text = "a" + part + "b";

        assertRefused(text, "a", "b");
        assertRefused("t-1", text, "b");
        assertRefused("t-1", "a", text);
    }

    @ParameterizedTest
    @ValueSource(ints = {254, 255})
    void mayHaveTwoHundredAndFiftyFiveCharacters(int characters) throws Exception {
        assertThat(read("t-1", "€".repeat(characters), "b").from()).hasSize(characters);
        assertRefused("t-1", "€".repeat(256), "b");
    }
}
