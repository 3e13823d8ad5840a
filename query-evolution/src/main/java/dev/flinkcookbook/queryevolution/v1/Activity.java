package dev.flinkcookbook.queryevolution.v1;

import java.util.List;

/**
 * An account after one of its transactions.
 *
 * @param transaction the id of that transaction
 * @param count how many there were, with this one
 * @param sum of their amounts, in cents
 * @param recent the ids of the last ones, the newest at the end
 */
public record Activity(String account, String transaction, int count, int sum, List<String> recent) {}
