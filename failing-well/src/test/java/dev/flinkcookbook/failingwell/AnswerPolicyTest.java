package dev.flinkcookbook.failingwell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.flinkcookbook.failingwell.Screening.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerPolicyTest {

    private static final Payment PAYMENT = new Payment(null, "p-1");

    @Test
    void aVerdictIsADecision() {
        assertThat(AnswerPolicy.judge(PAYMENT, 200, "{\"verdict\":\"clear\",\"more\":1}")
                        .word())
                .isEqualTo("clear");
        assertThat(AnswerPolicy.judge(PAYMENT, 200, "{\"verdict\":\"blocked\"}").outcome())
                .isEqualTo(Outcome.DECIDED);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 425, 429, 500, 502, 503, 504})
    void theMomentIsToBlameForWhatMayBeMendedByWaiting(int status) {
        Screening screening = AnswerPolicy.judge(PAYMENT, status, "later");
        assertThat(screening.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(screening.word()).isEqualTo("http-" + status);
        assertThat(screening.message()).isEqualTo("the service answered " + status + ": later");
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 413, 422})
    void thePaymentIsToBlameForWhatIsRefused(int status) {
        assertThat(AnswerPolicy.judge(PAYMENT, status, "no").outcome()).isEqualTo(Outcome.REFUSED);
    }

    @ParameterizedTest
    @ValueSource(ints = {201, 204, 301, 302, 401, 403, 404, 405, 410})
    void theJobIsToBlameForTheRest(int status) {
        assertThatExceptionOfType(UnexpectedAnswerException.class)
                .isThrownBy(() -> AnswerPolicy.judge(PAYMENT, status, "?"))
                .withMessage("the service answered " + status + ": ?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>", "{}", "[]", "{\"verdict\":null}", "{\"verdict\":\"perhaps\"}"})
    void anAnswerThatNobodyAgreedUponIsNoDecision(String body) {
        assertThatExceptionOfType(UnexpectedAnswerException.class)
                .isThrownBy(() -> AnswerPolicy.judge(PAYMENT, 200, body))
                .withMessageStartingWith("the service answered 200 with ");
    }

    @Test
    void aLongAnswerIsCut() {
        assertThat(AnswerPolicy.judge(PAYMENT, 500, "x".repeat(10_000)).message())
                .hasSizeLessThan(300);
    }
}
