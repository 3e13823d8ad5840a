package dev.flinkcookbook.exactlyonce;

import java.math.BigDecimal;

/** One side of a transfer: what it changes on one account, negative where the money leaves. */
public record Posting(String transferId, String account, BigDecimal delta) {}
