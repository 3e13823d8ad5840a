package dev.flinkcookbook.failingwell;

import java.util.Locale;

/**
 * What came of a question to the screening service. A failure is a value here, not an exception: whatever is left after
 * the last attempt must go somewhere, and an exception could only go to the scheduler.
 *
 * @param word of a decision {@code clear} or {@code blocked}; else the reason, one stable word to be alerted by
 * @param message for a person; empty for a decision
 */
public record Screening(Payment payment, Outcome outcome, String word, String message) {

    /** What is to be done with the payment. */
    public enum Outcome {
        /** The service has decided. */
        DECIDED,
        /** The service does not take this payment, today or tomorrow: bad data. */
        REFUSED,
        /** The service could not answer; it may at the next attempt. */
        FAILED
    }

    /** What the service may decide. */
    enum Verdict {
        CLEAR,
        BLOCKED;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Screening decided(Payment payment, Verdict verdict) {
        return new Screening(payment, Outcome.DECIDED, verdict.toString(), "");
    }

    static Screening refused(Payment payment, String reason, String message) {
        return new Screening(payment, Outcome.REFUSED, reason, message);
    }

    static Screening failed(Payment payment, String reason, String message) {
        return new Screening(payment, Outcome.FAILED, reason, message);
    }

    boolean hasFailed() {
        return outcome == Outcome.FAILED;
    }
}
