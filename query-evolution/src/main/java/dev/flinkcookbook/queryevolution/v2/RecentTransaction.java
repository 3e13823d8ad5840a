package dev.flinkcookbook.queryevolution.v2;

/** One of an account's last transactions. State: every savepoint names this class and its fields. */
public record RecentTransaction(String id, int amount) {}
