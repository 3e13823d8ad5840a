/**
 * The problem: Debezium tells each change of a database at least once, table by table, in topics that know nothing of each other.
 *
 * <p>The idea: each row has a position in the database's log, so the newest is known however often and in whatever order it is told;
 * and each transaction says how many changes it had, so an order is shown when all of its transaction has arrived, and not before.
 */
package dev.flinkcookbook.changedatacapture;
