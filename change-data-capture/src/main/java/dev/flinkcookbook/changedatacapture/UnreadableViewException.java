package dev.flinkcookbook.changedatacapture;

/** A record is not of a view; it goes to the dead letters. */
final class UnreadableViewException extends Exception {

    private final String reason;

    /** @param reason one stable, kebab-case word */
    UnreadableViewException(String reason, String message) {
        super(message, null, false, false); // Bad data is no bug: nobody looks for the stack trace of each.
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
