package dev.flinkcookbook.changedatacapture;

/**
 * A row that has become part of an order or of a customer, or has ceased to be.
 *
 * @param owner the id of the order, or of the customer, as JSON
 * @param key of the row, as JSON
 * @param row as JSON; null if it is part of it no more
 * @param refers of an order's row: to which customer
 * @param lsn where the transaction ends that has changed it: the event time
 * @param transaction its id; 0 if a snapshot has read the row
 * @param whole whether all of the transaction has come
 */
public record Part(
        String owner, Table table, String key, byte[] row, String refers, long lsn, long transaction, boolean whole) {}
