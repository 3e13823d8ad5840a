package dev.flinkcookbook.queryevolution.v3;

/** As it stands in the savepoints of versions 1 and 2; {@link MigrateSavepoint} alone reads it. */
public record RecentTransaction(String id, int amount) {}
