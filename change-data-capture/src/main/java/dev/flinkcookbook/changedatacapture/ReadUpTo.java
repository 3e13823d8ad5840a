package dev.flinkcookbook.changedatacapture;

/**
 * How far a partition has been read.
 *
 * @param next the offset after the last record that was read
 */
public record ReadUpTo(String topic, int partition, long next) {}
