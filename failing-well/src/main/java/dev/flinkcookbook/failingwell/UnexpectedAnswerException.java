package dev.flinkcookbook.failingwell;

/** The service and this job do not understand each other. No retry mends that, and no payment is to blame: somebody must look. */
final class UnexpectedAnswerException extends RuntimeException {
    UnexpectedAnswerException(String message) {
        super(message);
    }
}
