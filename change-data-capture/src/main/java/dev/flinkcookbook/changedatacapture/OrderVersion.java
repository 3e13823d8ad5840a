package dev.flinkcookbook.changedatacapture;

import java.util.List;

/**
 * An order with its lines, as it is since the end of a transaction; on its way to its customer, or away from one.
 *
 * @param customer its id, as JSON; of an order that has moved away, the one before
 * @param id of the order, as JSON
 * @param key of the order's row, as JSON
 * @param row as JSON; null if the order is this customer's no more
 * @param lines the rows, as JSON, by their keys
 * @param deleted whether the order is nobody's any more
 * @param lsn where the transaction ends
 * @param transaction its id; 0 if a snapshot has read the rows
 * @param whole whether all of the transaction has come
 */
public record OrderVersion(
        String customer,
        String id,
        String key,
        byte[] row,
        List<byte[]> lines,
        boolean deleted,
        long lsn,
        long transaction,
        boolean whole) {}
