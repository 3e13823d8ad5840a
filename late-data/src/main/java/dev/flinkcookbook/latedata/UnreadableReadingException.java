package dev.flinkcookbook.latedata;

/** A record that is no reading: it becomes a dead letter with this reason and message. */
final class UnreadableReadingException extends Exception {

    private final String reason;

    /** @param reason one stable, kebab-case word */
    UnreadableReadingException(String reason, String message) {
        // No stack trace: a topic full of garbage must not cost more than one full of readings.
        super(message, null, false, false);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
