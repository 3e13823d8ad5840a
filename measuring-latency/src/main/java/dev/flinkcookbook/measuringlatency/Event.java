package dev.flinkcookbook.measuringlatency;

/** An event on its way; a stamp that it has not got yet is 0. */
public record Event(String id, String payload, Stamps stamps) {}
