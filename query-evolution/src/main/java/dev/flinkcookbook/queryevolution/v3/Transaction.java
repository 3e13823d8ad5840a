package dev.flinkcookbook.queryevolution.v3;

import java.time.Instant;

/**
 * What moves money on an account.
 *
 * @param amount in cents, negative where the money leaves
 */
public record Transaction(String id, String account, long amount, Instant at) {}
