package dev.flinkcookbook.benchmarks;

import java.util.Map;

/**
 * One timed run.
 *
 * @param steady records per second from a third of the records to the last
 * @param wallSeconds from the start of the JVM to its end, with the last commit
 * @param cpuSeconds of the whole process
 * @param rateAt records per second while the ids in state grew to this number
 */
record Measurement(double steady, double wallSeconds, double cpuSeconds, Map<Long, Double> rateAt) {}
