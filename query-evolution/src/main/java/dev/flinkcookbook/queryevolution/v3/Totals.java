package dev.flinkcookbook.queryevolution.v3;

/**
 * What is remembered of an account. State: every savepoint names this class and its fields.
 *
 * <p>Numbers are long now, and no savepoint of version 1 or 2 has them: Flink refuses to read an int as a long. Such a savepoint
 * must be migrated.
 *
 * @param sum in cents
 * @param largest the largest amount that came in, in cents
 */
public record Totals(long count, long sum, long largest) {

    static final Totals NONE = new Totals(0, 0, 0);

    /** @throws ArithmeticException the sum is beyond a long: better no result than a wrong one */
    Totals plus(Transaction transaction) {
        return new Totals(count + 1, Math.addExact(sum, transaction.amount()), Math.max(largest, transaction.amount()));
    }
}
