/**
 * The problem: a meter that waits for an answer before it asks again, or starts its clock when it sends, never sees the queue; it
 * reports a good percentile of an overloaded job.
 *
 * <p>The idea: every event carries the time at which it was due, and a stamp for each stage that it passes. The time of a stage is
 * the difference of two stamps, kept in histograms that can be merged; percentiles are never averaged.
 */
package dev.flinkcookbook.measuringlatency;
