package dev.flinkcookbook.failingwell;

import dev.flinkcookbook.common.KafkaRecord;

/**
 * A payment that can be asked about.
 *
 * @param record as it was read
 * @param id by which the service knows one question that is asked twice
 */
public record Payment(KafkaRecord record, String id) {}
