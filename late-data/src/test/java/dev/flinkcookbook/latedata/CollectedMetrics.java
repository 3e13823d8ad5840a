package dev.flinkcookbook.latedata;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/** The metrics of the jobs of this JVM, as they were last, also when a job has ended. */
public final class CollectedMetrics implements MetricReporter, MetricReporterFactory {

    private record Place(String job, String operator, String subtask, String name) {}

    private static final Map<Place, Metric> NEWEST = new ConcurrentHashMap<>();

    /** The options of a cluster whose metrics are collected. */
    static Configuration options() {
        Configuration options = new Configuration();
        options.setString("metrics.reporters", "collected");
        options.setString("metrics.reporter.collected.factory.class", CollectedMetrics.class.getName());
        return options;
    }

    /** Over the subtasks of all operators that have it. Of a job that runs, the numbers may be a moment old. */
    static long sum(JobID job, String name) {
        List<Metric> metrics = NEWEST.entrySet().stream()
                .filter(entry -> entry.getKey().job().equals(job.toString()))
                .filter(entry -> entry.getKey().name().equals(name))
                .map(Map.Entry::getValue)
                .toList();
        return metrics.stream()
                .mapToLong(metric -> metric instanceof Counter counter
                        ? counter.getCount()
                        : ((Number) ((Gauge<?>) metric).getValue()).longValue())
                .sum();
    }

    static boolean has(JobID job, String name) {
        return NEWEST.keySet().stream()
                .anyMatch(place ->
                        place.job().equals(job.toString()) && place.name().equals(name));
    }

    @Override
    public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
        Map<String, String> variables = group.getAllVariables();
        if (variables.containsKey(
                "<operator_name>")) { // Another attempt of a subtask takes the place of the one before.
            NEWEST.put(
                    new Place(
                            variables.get("<job_id>"),
                            variables.get("<operator_name>"),
                            variables.get("<subtask_index>"),
                            name),
                    metric);
        }
    }

    @Override
    public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {}

    @Override
    public MetricReporter createMetricReporter(Properties properties) {
        return this;
    }

    @Override
    public void open(MetricConfig config) {}

    @Override
    public void close() {}
}
