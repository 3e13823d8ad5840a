/**
 * The recipes beside their peers on one machine: {@code ./cookbook bench NAME}.
 *
 * <p>One broker in a JVM of its own; every measured job in a fresh JVM, which samples how many records its source has
 * taken in; rounds interleaved, so that a slow minute of the machine hits every variant. The report prints ratios, since
 * only those mean anything on another machine. The snapshots need no broker: their job makes its own changes.
 */
package dev.flinkcookbook.benchmarks;
