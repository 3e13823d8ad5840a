package dev.flinkcookbook.queryevolution.v2;

import java.time.Instant;

/**
 * A transaction with what others would have to compute of it.
 *
 * @param large new: from {@value #LARGE} cents on
 */
public record EnrichedTransaction(String id, String account, int amount, Instant at, String direction, boolean large) {

    static final int LARGE = 100_000;

    static EnrichedTransaction of(Transaction transaction) {
        return new EnrichedTransaction(
                transaction.id(),
                transaction.account(),
                transaction.amount(),
                transaction.at(),
                transaction.amount() < 0 ? "out" : "in",
                Math.abs((long) transaction.amount()) >= LARGE);
    }
}
