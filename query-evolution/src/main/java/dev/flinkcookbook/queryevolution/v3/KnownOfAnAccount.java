package dev.flinkcookbook.queryevolution.v3;

import java.util.List;

/** All that a savepoint of version 1 or 2 knows of an account, on its way to version 3. */
public record KnownOfAnAccount(String account, AccountTotals totals, long largest, List<LastTransaction> recent) {}
