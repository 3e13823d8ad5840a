package dev.flinkcookbook.changedatacapture;

/**
 * A version of a row as the read model keeps it. The last three are its position: compared one after the other, they grow with
 * each version.
 *
 * @param source the table of the database that it stands in
 * @param key as JSON: {@code {"id":10}}
 * @param row as JSON; null if it is deleted
 * @param commit the end of the transaction that was committed before
 * @param lsn of the change
 * @param order of the change in its transaction
 */
public record ReadModelRow(String source, String key, String row, long commit, long lsn, long order) {}
