/**
 * The problem: a window is closed, and a reading comes later. Dropped, it is missing for ever; waited for, all results are late.
 *
 * <p>The idea: publish when the watermark says so; refine for a while; send what comes still later, whole, to a topic of its own,
 * and let a second job correct the published results from it. Every reading is in exactly one place at any time, so one can count.
 */
package dev.flinkcookbook.latedata;
