package dev.flinkcookbook.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TransferDocumentTest {
    private static final Pattern TRANSFER = Pattern.compile(
            "\\{\"transferId\":\"t-\\d+\",\"from\":\"(a-\\d{1,5})\",\"to\":"
                    + "\"(a-\\d{1,5})\",\"amount\":\"\\d{1,3}\\.\\d\\d\",\"at\":\"2026-01-01T10:\\d\\d:\\d\\d\\.\\d{3}Z\"}");

    @Test
    void isTheSameForTheSameNumberAndGoesFromOneAccountToAnother() {
        assertThat(TransferDocument.of(7)).isEqualTo(TransferDocument.of(7)).hasSizeBetween(100, 125);
        assertThat(LongStream.range(0, 10_000)
                        .mapToObj(number -> new String(TransferDocument.of(number), StandardCharsets.UTF_8)))
                .allMatch(json -> TRANSFER.matcher(json).matches())
                .allMatch(json -> {
                    MatchResult accounts =
                            TRANSFER.matcher(json).results().findFirst().orElseThrow();
                    return !accounts.group(1).equals(accounts.group(2));
                });
    }

    @Test
    void findsItsNumberAgainInATransferAndInAnEntry() {
        assertThat(TransferDocument.numberOf(TransferDocument.of(1_234_567))).isEqualTo(1_234_567);
        assertThat(TransferDocument.numberOf(
                        "{\"transferId\":\"t-89\",\"account\":\"a-1\"}".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(89);
    }

    @Test
    void findsNoneElsewhere() {
        assertThatThrownBy(() -> TransferDocument.numberOf("{\"transferId\":\"t-\"}".getBytes(StandardCharsets.UTF_8)))
                .hasMessageStartingWith("no transfer: {");
        assertThatThrownBy(() -> TransferDocument.numberOf(new byte[0])).hasMessageStartingWith("no transfer");
    }
}
