package dev.flinkcookbook.measuringlatency;

/** A part of an event's way. All but the last follow each other without a gap, so that they add up to the last. */
public enum Stage {
    /** From the time at which the event was due until Kafka's timestamp. */
    BEFORE_KAFKA,
    /** From Kafka's timestamp until the source read the event: here the queue of an overloaded job stands. */
    IN_KAFKA,
    /** From the source to the operator: network buffers. */
    TO_OPERATOR,
    /** From the operator until the event's window is over by the clock: what the window costs, however fast the job is. */
    WINDOW_WAIT,
    /** From then until the watermark says so: disorder that is waited for, idle partitions, a slow source. */
    WATERMARK_LAG,
    /** From the watermark until the operator gives the event on: user code, and the others of the same window. */
    PROCESSING,
    /** From the operator until a consumer of committed records alone sees the result: sink, checkpoint, commit. */
    UNTIL_VISIBLE,
    /** From the time at which the event was due until the result is seen. */
    END_TO_END
}
