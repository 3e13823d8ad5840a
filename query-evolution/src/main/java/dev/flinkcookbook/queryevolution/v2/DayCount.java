package dev.flinkcookbook.queryevolution.v2;

/** How many transactions an account has had on a day, counted since 1970-01-01. State: every savepoint names it. */
public record DayCount(long day, int count) {}
