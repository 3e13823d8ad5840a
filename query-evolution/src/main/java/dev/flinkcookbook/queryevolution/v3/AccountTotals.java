package dev.flinkcookbook.queryevolution.v3;

/**
 * What is remembered of an account. State: every savepoint names this class and its fields.
 *
 * <p>Its numbers are long, which Flink does not make of version 2's ints. So it has a name of its own: a migration needs the
 * old class and the new one on one class path.
 *
 * @param sum in cents
 */
public record AccountTotals(long count, long sum) {

    static final AccountTotals NONE = new AccountTotals(0, 0);

    /** @throws ArithmeticException the sum is beyond a long: better no result than a wrong one */
    AccountTotals plus(Transaction transaction) {
        return new AccountTotals(count + 1, Math.addExact(sum, transaction.amount()));
    }
}
