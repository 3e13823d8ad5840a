package dev.flinkcookbook.exactlyonce;

import com.fasterxml.jackson.annotation.JsonFormat;
import java.math.BigDecimal;

/**
 * A posting in its place on the account.
 *
 * @param delta negative where the money leaves
 * @param balance the sum of the account's deltas up to this one
 * @param sequence 1 for the first entry of the account, then without a gap
 */
public record LedgerEntry(
        String transferId,
        String account,
        @JsonFormat(shape = JsonFormat.Shape.STRING) BigDecimal delta,
        @JsonFormat(shape = JsonFormat.Shape.STRING) BigDecimal balance,
        long sequence) {}
