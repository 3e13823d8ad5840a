/**
 * The problem: producers retry, so the same event arrives again, within seconds or hours later.
 *
 * <p>The idea: read the id and nothing else, key the stream by a 96-bit hash of it, keep one small entry per id for the
 * retention, and forward the original bytes. The first occurrence goes on, later ones are dropped and counted.
 */
package dev.flinkcookbook.deduplication;
