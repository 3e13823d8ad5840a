package dev.flinkcookbook.changedatacapture;

/**
 * What is published of an order.
 *
 * @param order its id, as JSON
 * @param key of the record, as JSON
 * @param value of the record, as JSON; null if the order is deleted
 * @param lsn where the newest transaction in it ends
 */
public record EnrichedOrder(String order, String key, byte[] value, long lsn) {}
