package dev.flinkcookbook.queryevolution.v1;

import java.time.Instant;

/** A transaction with what others would have to compute of it. */
public record EnrichedTransaction(String id, String account, int amount, Instant at, String direction) {

    static EnrichedTransaction of(Transaction transaction) {
        return new EnrichedTransaction(
                transaction.id(),
                transaction.account(),
                transaction.amount(),
                transaction.at(),
                transaction.amount() < 0 ? "out" : "in");
    }
}
