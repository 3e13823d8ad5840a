package dev.flinkcookbook.measuringlatency;

import dev.flinkcookbook.common.KafkaRecord;

/** A record and when the source took it from Kafka, in milliseconds since the epoch. */
public record Arrival(KafkaRecord record, long readAt) {}
