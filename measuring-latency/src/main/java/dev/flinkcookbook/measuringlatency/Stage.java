package dev.flinkcookbook.measuringlatency;

/** A part of an event's way. All but the last follow each other without a gap, so that they add up to the last. */
public enum Stage {
    /** From the time at which the event was due until Kafka's timestamp. */
    BEFORE_KAFKA,
    /** From Kafka's timestamp until the source read the event: here the queue of an overloaded job stands. */
    IN_KAFKA,
    /** From the source to the operator: network buffers. */
    TO_OPERATOR,
    /** Processing, and the wait for the end of a window. */
    IN_OPERATOR,
    /** From the operator until a consumer of committed records alone sees the result: sink, checkpoint, commit. */
    UNTIL_VISIBLE,
    /** From the time at which the event was due until the result is seen. */
    END_TO_END
}
