package dev.flinkcookbook.failingwell;

import dev.flinkcookbook.failingwell.ScreeningService.Answer;

/** What the service of a run does to a payment, by its id alone: so the oracle knows where the payment must end. */
enum Fate {
    CLEAR,
    BLOCKED,
    REFUSED,
    BUSY_TWICE,
    HANG_UP_ONCE,
    SILENT_ONCE,
    NEVER;

    static Fate of(String paymentId) {
        int dice = Math.floorMod(paymentId.hashCode() * 31, 1_000);
        if (dice < 2) {
            return NEVER;
        } else if (dice < 4) {
            return SILENT_ONCE;
        } else if (dice < 10) {
            return HANG_UP_ONCE;
        } else if (dice < 30) {
            return BUSY_TWICE;
        } else if (dice < 40) {
            return REFUSED;
        }
        return dice < 90 ? BLOCKED : CLEAR;
    }

    Answer answer(int attempt) {
        return switch (this) {
            case CLEAR -> ScreeningService.CLEAR;
            case BLOCKED -> ScreeningService.BLOCKED;
            case REFUSED -> new Answer.Status(422, "no such account");
            case BUSY_TWICE -> attempt > 2 ? ScreeningService.CLEAR : ScreeningService.BUSY;
            case HANG_UP_ONCE -> attempt > 1 ? ScreeningService.CLEAR : new Answer.HangUp();
            case SILENT_ONCE -> attempt > 1 ? ScreeningService.CLEAR : new Answer.Silence();
            case NEVER -> ScreeningService.BUSY;
        };
    }

    /** What stands with the payment at its end: a verdict, or the reason of a letter. */
    String end(int attempts) {
        return switch (this) {
            case BLOCKED -> "blocked";
            case REFUSED -> "http-422";
            case NEVER -> "http-503";
            case BUSY_TWICE -> attempts > 2 ? "clear" : "http-503";
            case HANG_UP_ONCE -> attempts > 1 ? "clear" : "no-connection";
            case SILENT_ONCE -> attempts > 1 ? "clear" : "timeout";
            case CLEAR -> "clear";
        };
    }
}
