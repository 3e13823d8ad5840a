package dev.flinkcookbook.deduplication;

/** A record that cannot be judged: it becomes a dead letter with this reason and message. */
final class UnreadableEventException extends Exception {

    private final String reason;

    UnreadableEventException(String reason, String message) {
        // No stack trace: a topic full of garbage must not cost more than one full of events.
        super(message, null, false, false);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
