package dev.flinkcookbook.queryevolution.v3;

/**
 * A transaction in its place on the account.
 *
 * @param ofTheDay 1 for the account's first one of its day
 */
public record NumberedTransaction(Transaction transaction, int ofTheDay) {

    String account() {
        return transaction.account();
    }
}
