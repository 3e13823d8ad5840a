package dev.flinkcookbook.measuringlatency;

/** What a record is instead of an event. */
final class UnreadableEventException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String reason;

    UnreadableEventException(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** A stable, kebab-case word. */
    String reason() {
        return reason;
    }
}
