package dev.flinkcookbook.measuringlatency;

/**
 * When an event was where, in milliseconds since the epoch. The clocks of the machines may differ: nothing here is put in order.
 *
 * @param sentAt when the event was due by the schedule of its sender, not when it left
 * @param kafkaTimestamp CreateTime, the producer's clock, or LogAppendTime, the broker's, as the topic is configured
 * @param readAt when the source took it from Kafka
 * @param operatorIn when the operator got it
 * @param windowOver when its window was over by the clock; {@code operatorIn} if there is none, or if it was over by then
 * @param released when the watermark had passed the end of the window; {@code windowOver} if nothing was waited for
 * @param operatorOut when the operator gave its result on
 */
public record Stamps(
        long sentAt,
        long kafkaTimestamp,
        long readAt,
        long operatorIn,
        long windowOver,
        long released,
        long operatorOut) {

    static Stamps atSource(long sentAt, long kafkaTimestamp, long readAt) {
        return new Stamps(sentAt, kafkaTimestamp, readAt, 0, 0, 0, 0);
    }

    /** @param windowEnd zero for none */
    Stamps enterOperator(long now, long windowEnd) {
        long over = Math.max(now, windowEnd);
        return new Stamps(sentAt, kafkaTimestamp, readAt, now, over, over, operatorOut);
    }

    /** The watermark may be there before the clock: at the end of the input, or with a sender whose clock is ahead. */
    Stamps release(long now) {
        return new Stamps(sentAt, kafkaTimestamp, readAt, operatorIn, Math.min(windowOver, now), now, operatorOut);
    }

    Stamps leaveOperator(long now) {
        return new Stamps(sentAt, kafkaTimestamp, readAt, operatorIn, windowOver, released, now);
    }

    /** @param seenAt when a consumer of committed records alone saw the result */
    public long millis(Stage stage, long seenAt) {
        return switch (stage) {
            case BEFORE_KAFKA -> kafkaTimestamp - sentAt;
            case IN_KAFKA -> readAt - kafkaTimestamp;
            case TO_OPERATOR -> operatorIn - readAt;
            case WINDOW_WAIT -> windowOver - operatorIn;
            case WATERMARK_LAG -> released - windowOver;
            case PROCESSING -> operatorOut - released;
            case UNTIL_VISIBLE -> seenAt - operatorOut;
            case END_TO_END -> seenAt - sentAt;
        };
    }
}
