package dev.flinkcookbook.changedatacapture;

/**
 * Debezium's word that a transaction is complete.
 *
 * @param transaction its id
 * @param lsn where it ends in the database's log: the order in which transactions were committed
 * @param changes how many it has in the tables that are read here
 */
public record TransactionEnd(long transaction, long lsn, int changes) {}
