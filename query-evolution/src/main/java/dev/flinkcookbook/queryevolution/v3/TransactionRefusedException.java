package dev.flinkcookbook.queryevolution.v3;

/** A record that is no transaction; it goes to the dead letters. */
final class TransactionRefusedException extends Exception {

    private final String reason;

    /** @param reason one stable, kebab-case word */
    TransactionRefusedException(String reason, String message) {
        super(message, null, false, false); // Bad data is no bug: nobody looks for the stack trace of each.
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
