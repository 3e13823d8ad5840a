package dev.flinkcookbook.queryevolution.v1;

/**
 * What is remembered of an account. State: every savepoint names this class and its fields.
 *
 * @param sum in cents
 */
public record Totals(int count, int sum) {

    static final Totals NONE = new Totals(0, 0);

    /** @throws ArithmeticException the sum is beyond an int: better no result than a wrong one */
    Totals plus(Transaction transaction) {
        return new Totals(count + 1, Math.addExact(sum, transaction.amount()));
    }
}
