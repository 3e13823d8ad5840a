package dev.flinkcookbook.queryevolution.v2;

import java.util.List;

/**
 * An account after one of its transactions.
 *
 * @param transaction the id of that transaction
 * @param count how many there were, with this one
 * @param sum of their amounts, in cents
 * @param recent the ids of the last ones, the newest at the end
 * @param largest the largest amount that came in since version 2, in cents
 * @param ofTheDay how many there were on the day of this one, with this one
 */
public record Activity(
        String account, String transaction, int count, int sum, List<String> recent, int largest, int ofTheDay) {}
