package dev.flinkcookbook.changedatacapture;

/** A record is no change; the reason is a stable word for dead letters, the message is for a person. */
final class UnreadableChangeException extends Exception {

    private final String reason;

    UnreadableChangeException(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
