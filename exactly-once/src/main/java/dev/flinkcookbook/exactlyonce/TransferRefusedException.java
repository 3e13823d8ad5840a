package dev.flinkcookbook.exactlyonce;

/** A record that cannot be booked; it goes to the dead letters. */
final class TransferRefusedException extends Exception {

    private final String reason;

    /** @param reason one stable, kebab-case word */
    TransferRefusedException(String reason, String message) {
        super(message, null, false, false); // Bad data is no bug: nobody looks for the stack trace of each.
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
