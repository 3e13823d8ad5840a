package dev.flinkcookbook.benchmarks;

import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;

/** Hands {@code numRecordsIn} of every source operator to {@link Intake}: the same count for DataStream and for SQL. */
final class IntakeReporter implements MetricReporter {

    @Override
    public void open(MetricConfig config) {}

    @Override
    public void close() {}

    @Override
    public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
        String operator = group.getAllVariables().get("<operator_name>"); // absent in the group of a whole task
        if (metric instanceof Counter counter
                && name.equals("numRecordsIn")
                && operator != null
                && operator.startsWith("Source: ")) {
            Intake.include(counter);
        }
    }

    /** A counter outlives its task: what it has counted stays counted. */
    @Override
    public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {}
}
