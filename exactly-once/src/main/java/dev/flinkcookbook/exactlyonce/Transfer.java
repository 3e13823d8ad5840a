package dev.flinkcookbook.exactlyonce;

import java.math.BigDecimal;
import java.time.Instant;

/** Money that moves from one account to another. */
public record Transfer(String transferId, String from, String to, BigDecimal amount, Instant at) {}
