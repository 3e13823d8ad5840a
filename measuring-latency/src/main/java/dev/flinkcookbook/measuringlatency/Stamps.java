package dev.flinkcookbook.measuringlatency;

/**
 * When an event was where, in milliseconds since the epoch. The clocks of the machines may differ: nothing here is put in order.
 *
 * @param sentAt when the event was due by the schedule of its sender, not when it left
 * @param kafkaTimestamp CreateTime, the producer's clock, or LogAppendTime, the broker's, as the topic is configured
 * @param readAt when the source took it from Kafka
 * @param operatorIn when the operator got it
 * @param operatorOut when the operator gave its result on
 */
public record Stamps(long sentAt, long kafkaTimestamp, long readAt, long operatorIn, long operatorOut) {

    Stamps enterOperator(long now) {
        return new Stamps(sentAt, kafkaTimestamp, readAt, now, operatorOut);
    }

    Stamps leaveOperator(long now) {
        return new Stamps(sentAt, kafkaTimestamp, readAt, operatorIn, now);
    }

    /** @param seenAt when a consumer of committed records alone saw the result */
    long millis(Stage stage, long seenAt) {
        return switch (stage) {
            case BEFORE_KAFKA -> kafkaTimestamp - sentAt;
            case IN_KAFKA -> readAt - kafkaTimestamp;
            case TO_OPERATOR -> operatorIn - readAt;
            case IN_OPERATOR -> operatorOut - operatorIn;
            case UNTIL_VISIBLE -> seenAt - operatorOut;
            case END_TO_END -> seenAt - sentAt;
        };
    }
}
