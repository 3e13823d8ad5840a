package dev.flinkcookbook.queryevolution.compatibility;

import java.io.Serializable;

/** What the queries read: {@code at} is in milliseconds. A class of the tests, so that it is the same before and after. */
public record Event(String key, int value, long at) implements Serializable {}
