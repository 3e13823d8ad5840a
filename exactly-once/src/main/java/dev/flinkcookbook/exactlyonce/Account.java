package dev.flinkcookbook.exactlyonce;

import java.math.BigDecimal;

/** What is remembered of an account: where its last entry left it. Kept for ever, as a balance is. */
public record Account(BigDecimal balance, long sequence) {

    static final Account NEW = new Account(BigDecimal.ZERO, 0);

    LedgerEntry next(Posting posting) {
        return new LedgerEntry(
                posting.transferId(), posting.account(), posting.delta(), balance.add(posting.delta()), sequence + 1);
    }

    static Account after(LedgerEntry entry) {
        return new Account(entry.balance(), entry.sequence());
    }
}
