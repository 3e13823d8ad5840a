package dev.flinkcookbook.failingwell;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.failingwell.Screening.Verdict;

/** Which kind of error an answer is. The whole recipe hangs on this table, so it stands alone. */
final class AnswerPolicy {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int SHOWN = 200;

    private AnswerPolicy() {}

    /**
     * The meaning of an answer.
     *
     * @throws UnexpectedAnswerException neither the payment nor the moment is to blame
     */
    static Screening judge(Payment payment, int status, String body) {
        if (status == 200) {
            return Screening.decided(payment, verdict(body));
        }
        String said = "the service answered " + status + ": " + shown(body);
        if (status == 408 || status == 425 || status == 429 || status >= 500) {
            return Screening.failed(payment, "http-" + status, said);
        }
        if (status == 400 || status == 413 || status == 422) {
            return Screening.refused(payment, "http-" + status, said);
        }
        // A wrong password or a wrong address says nothing about the payment: it would send all of them to the dead
        // letters.
        throw new UnexpectedAnswerException(said);
    }

    private static Verdict verdict(String body) {
        String word;
        try {
            word = JSON.readTree(body).path("verdict").asText();
        } catch (JsonProcessingException e) {
            throw new UnexpectedAnswerException("the service answered 200 with what is no JSON: " + shown(body));
        }
        for (Verdict verdict : Verdict.values()) {
            if (verdict.toString().equals(word)) {
                return verdict;
            }
        }
        throw new UnexpectedAnswerException(
                "the service answered 200 with a verdict that is neither clear nor blocked: " + shown(body));
    }

    private static String shown(String body) {
        return body.length() <= SHOWN ? body : body.substring(0, SHOWN) + "…";
    }
}
