package dev.flinkcookbook.queryevolution.v2;

/**
 * What is remembered of an account. State: every savepoint names this class and its fields.
 *
 * @param sum in cents
 * @param largest the largest amount that came in, in cents; a new field: from version 1's savepoints it is 0
 */
public record Totals(int count, int sum, int largest) {

    static final Totals NONE = new Totals(0, 0, 0);

    /** @throws ArithmeticException the sum is beyond an int: better no result than a wrong one */
    Totals plus(Transaction transaction) {
        return new Totals(count + 1, Math.addExact(sum, transaction.amount()), Math.max(largest, transaction.amount()));
    }
}
