package dev.flinkcookbook.queryevolution.v3;

/** One of an account's last transactions. State: every savepoint names this class and its fields. */
public record LastTransaction(String id, long amount) {}
