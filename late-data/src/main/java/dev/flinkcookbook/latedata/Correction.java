package dev.flinkcookbook.latedata;

/**
 * A corrected result, and the one that it corrects.
 *
 * @param of the newest result of the window job; null for a window that has late readings only
 */
public record Correction(WindowResult result, WindowResult of) {}
