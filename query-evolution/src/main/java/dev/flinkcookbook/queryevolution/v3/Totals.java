package dev.flinkcookbook.queryevolution.v3;

/** As it stands in the savepoints of versions 1 and 2; {@link MigrateSavepoint} alone reads it. Version 1 had no {@code largest}. */
public record Totals(int count, int sum, int largest) {}
