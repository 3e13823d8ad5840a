package dev.flinkcookbook.rules;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** monitoring/grafana/dashboards/recipes.json, made of {@link MetricsInCode}: a row for each recipe, a panel for each name. */
final class RecipesDashboard {

    /** Of Flink's Prometheus reporter, for the metrics of an operator. */
    static final String PREFIX = "flink_taskmanager_job_task_operator_";

    /** Grafana divides the page into 24 columns. */
    private static final int PANELS_A_LINE = 3;

    private static final int WIDTH = 8;
    private static final int HEIGHT = 7;
    private static final String OF_THE_JOB = "job_name=~\"$job\"";
    private static final String BY = " by (job_name, operator_name) (";
    private static final Map<String, Object> DATA_SOURCE =
            inOrder("type", "prometheus", "uid", "flink-cookbook-prometheus");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Map<String, Object>> panels = new ArrayList<>();
    private int y;

    private RecipesDashboard() {}

    static String render(Repository repository) throws JsonProcessingException {
        RecipesDashboard dashboard = new RecipesDashboard();
        for (MavenModule recipe : repository.recipes()) {
            Map<String, List<MetricsInCode.Metric>> byName = MetricsInCode.of(repository, recipe).metrics().stream()
                    .collect(Collectors.groupingBy(MetricsInCode.Metric::name, TreeMap::new, Collectors.toList()));
            if (!byName.isEmpty()) {
                dashboard.addRow(recipe.name(), byName);
            }
        }
        return dashboard.text();
    }

    private void addRow(String recipe, Map<String, List<MetricsInCode.Metric>> byName) {
        panels.add(inOrder(
                "id",
                panels.size() + 1,
                "type",
                "row",
                "title",
                recipe,
                "collapsed",
                false,
                "gridPos",
                position(0, 24, 1),
                "panels",
                List.of()));
        y++;
        int column = 0;
        for (Map.Entry<String, List<MetricsInCode.Metric>> metric : byName.entrySet()) {
            if (column == PANELS_A_LINE) {
                column = 0;
                y += HEIGHT;
            }
            panels.add(panel(metric.getKey(), metric.getValue(), column++));
        }
        y += HEIGHT;
    }

    private Map<String, Object> panel(String name, List<MetricsInCode.Metric> metrics, int column) {
        Set<String> types = metrics.stream().map(MetricsInCode.Metric::type).collect(Collectors.toSet());
        Set<String> meanings = metrics.stream()
                .map(metric -> metric.meaning() + " Worry when " + metric.worry())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        boolean grows = types.contains("counter");
        String unit = metrics.get(0).unit();
        return inOrder(
                "id",
                panels.size() + 1,
                "type",
                "timeseries",
                "title",
                grows ? name + " per second" : name,
                "description",
                String.join("\n\n", meanings),
                "gridPos",
                position(column * WIDTH, WIDTH, HEIGHT),
                "datasource",
                DATA_SOURCE,
                "fieldConfig",
                inOrder(
                        "defaults",
                        inOrder("unit", grows ? "cps" : unit.equals("count") ? "short" : unit, "min", 0),
                        "overrides",
                        List.of()),
                "options",
                Map.of(),
                "targets",
                targets(name, types, unit));
    }

    private static List<Map<String, Object>> targets(String name, Set<String> types, String unit) {
        String series = PREFIX + name + "{" + OF_THE_JOB;
        if (types.contains("histogram")) {
            // Quantiles of subtasks cannot be added or averaged; the worst subtask is shown.
            return List.of(
                    target("A", "max" + BY + series + ", quantile=\"0.5\"})", " median"),
                    target("B", "max" + BY + series + ", quantile=\"0.99\"})", " 99 %"));
        }
        if (types.contains("counter")) {
            // Where a recipe has a gauge of the same name, it is a count that survives restarts: a rate says the same
            // of it.
            return List.of(target("A", "sum" + BY + "rate(" + series + "}[$__rate_interval]))", ""));
        }
        // A meter is a rate already; a count is the sum of the subtasks, a time is that of the worst.
        return List.of(target("A", (unit.equals("ms") ? "max" : "sum") + BY + series + "})", ""));
    }

    private static Map<String, Object> target(String id, String expression, String legend) {
        return inOrder("refId", id, "expr", expression, "legendFormat", "{{job_name}}: {{operator_name}}" + legend);
    }

    private Map<String, Object> position(int x, int width, int height) {
        return inOrder("x", x, "y", y, "w", width, "h", height);
    }

    private String text() throws JsonProcessingException {
        Map<String, Object> head = inOrder(
                "uid",
                "flink-cookbook-recipes",
                "title",
                "Flink Cookbook: what the recipes count",
                "description",
                "Made from the code; GrafanaTest fails where the two part ways and says how to renew it.",
                "tags",
                List.of("flink-cookbook"),
                "schemaVersion",
                41,
                "refresh",
                "30s",
                "time",
                inOrder("from", "now-1h", "to", "now"),
                "templating",
                Map.of("list", List.of(job())));
        // A panel a line, so that a difference between two versions can be read.
        List<String> lines = new ArrayList<>();
        for (Map.Entry<String, Object> field : head.entrySet()) {
            lines.add(
                    "  " + JSON.writeValueAsString(field.getKey()) + ": " + JSON.writeValueAsString(field.getValue()));
        }
        List<String> panelLines = new ArrayList<>();
        for (Map<String, Object> panel : panels) {
            panelLines.add("    " + JSON.writeValueAsString(panel));
        }
        lines.add("  \"panels\": [\n" + String.join(",\n", panelLines) + "\n  ]");
        return "{\n" + String.join(",\n", lines) + "\n}\n";
    }

    private static Map<String, Object> job() {
        return inOrder(
                "name",
                "job",
                "label",
                "Job",
                "type",
                "query",
                "datasource",
                DATA_SOURCE,
                "query",
                "label_values(flink_jobmanager_job_numRestarts, job_name)",
                "refresh",
                2,
                "sort",
                1,
                "multi",
                true,
                "includeAll",
                true,
                "allValue",
                ".*",
                "current",
                inOrder("text", List.of("All"), "value", List.of("$__all")));
    }

    /** The same fields in the same order each time: a map of the JDK's own promises none. */
    private static Map<String, Object> inOrder(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}
