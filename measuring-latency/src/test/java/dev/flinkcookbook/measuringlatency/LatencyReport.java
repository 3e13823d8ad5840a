package dev.flinkcookbook.measuringlatency;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.FlinkRest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** A page that stands for itself: no server, no other file, nothing from the network. Its charts are drawn by uPlot. */
final class LatencyReport {

    private static final JsonMapper JSON = new JsonMapper();

    /** What the stages are to a reader who has not seen the code. */
    private static final Map<Stage, String> MEANINGS = Map.of(
            Stage.BEFORE_KAFKA, "from when the event was due until Kafka's timestamp",
            Stage.IN_KAFKA, "until the source read it; the queue of an overloaded job stands here",
            Stage.TO_OPERATOR, "until the operator got it: network buffers, back pressure",
            Stage.WINDOW_WAIT, "until its window was over by the clock",
            Stage.WATERMARK_LAG, "until the watermark said so: disorder, idle partitions",
            Stage.PROCESSING, "until the operator gave it on: user code",
            Stage.UNTIL_VISIBLE, "until a read_committed consumer saw it: sink, checkpoint, commit",
            Stage.END_TO_END, "from when it was due until it was seen");

    private LatencyReport() {}

    /**
     * The page.
     *
     * @param run its verdict, flags and the like, by the names that the page knows
     */
    static String html(
            Map<String, ?> run,
            StageLatencies latencies,
            LatencyOverTime overTime,
            List<FlinkRest.CheckpointRun> checkpoints,
            List<FlinkRest.JobFailure> failures)
            throws IOException {
        Map<String, Object> data = new LinkedHashMap<>(run);
        data.put("stages", stages(latencies, overTime));
        data.put("overTime", overTime.columns());
        data.put("percentiles", percentiles(latencies));
        data.put(
                "checkpoints",
                checkpoints.stream()
                        .map(checkpoint -> Map.of(
                                "second",
                                second(checkpoint.triggered().toEpochMilli(), overTime),
                                "status",
                                checkpoint.status()))
                        .toList());
        data.put(
                "failures",
                failures.stream()
                        .map(failure -> Map.of(
                                "second", second(failure.at().toEpochMilli(), overTime), "message", failure.line()))
                        .toList());
        // A "<" in the data could end the script element that holds it.
        String json = JSON.writeValueAsString(data).replace("<", "\\u003c");
        return text(LatencyReport.class.getResourceAsStream("report.html"))
                .replace("@@uplot.css@@", text(uplot("uPlot.min.css")))
                .replace("@@uplot.js@@", text(uplot("uPlot.iife.min.js")))
                .replace("@@data@@", json);
    }

    private static double second(long epochMillis, LatencyOverTime overTime) {
        return (epochMillis - overTime.start()) / 1000.0;
    }

    private static List<Map<String, Object>> stages(StageLatencies latencies, LatencyOverTime overTime) {
        List<Map<String, Object>> stages = new ArrayList<>();
        for (Stage stage : Stage.values()) {
            LatencyHistogram histogram = latencies.of(stage);
            Map<String, Object> of = new LinkedHashMap<>();
            of.put("name", LatencyOverTime.nameOf(stage));
            of.put("meaning", MEANINGS.get(stage));
            of.put("mean", overTime.mean(stage));
            of.put("p50", histogram.percentile(50));
            of.put("p99", histogram.percentile(99));
            of.put("p999", histogram.percentile(99.9));
            of.put("max", histogram.percentile(100));
            of.put("negatives", histogram.negatives());
            of.put("skew", histogram.skewAtLeast());
            stages.add(of);
        }
        return stages;
    }

    /** Ten points for each further nine: p50 is at x = 2, p90 at 10, p99 at 100, and so on up to the last event. */
    private static Map<String, Object> percentiles(StageLatencies latencies) {
        List<Double> x = new ArrayList<>();
        long events = latencies.of(Stage.END_TO_END).count();
        for (int tenth = 0; Math.pow(10, tenth / 10.0) <= events; tenth++) {
            x.add(Math.pow(10, tenth / 10.0));
        }
        Map<String, List<Long>> millis = new LinkedHashMap<>();
        for (Stage stage : Stage.values()) {
            millis.put(
                    LatencyOverTime.nameOf(stage),
                    x.stream()
                            .map(step -> latencies.of(stage).percentile(100 * (1 - 1 / step)))
                            .toList());
        }
        return Map.of("x", x, "millis", millis);
    }

    /** A WebJar's files stand below the version, which its own Maven properties name. */
    private static InputStream uplot(String file) throws IOException {
        ClassLoader jars = LatencyReport.class.getClassLoader();
        Properties maven = new Properties();
        try (InputStream properties = jars.getResourceAsStream("META-INF/maven/org.webjars.npm/uplot/pom.properties")) {
            maven.load(properties);
        }
        return jars.getResourceAsStream(
                "META-INF/resources/webjars/uplot/" + maven.getProperty("version") + "/dist/" + file);
    }

    private static String text(InputStream resource) throws IOException {
        try (resource) {
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
