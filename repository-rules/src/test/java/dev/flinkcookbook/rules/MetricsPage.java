package dev.flinkcookbook.rules;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** docs/metrics.md, made of {@link MetricsInCode}. */
final class MetricsPage {

    private static final String HEAD = """
            # Metrics of the recipes

            Made from the code; `MetricsPageTest` fails where the two part ways and says how to renew this page. Prometheus sees each
            operator's metric as `flink_taskmanager_job_task_operator_<name>`; of a histogram there is a series for each quantile.
            Counters begin at 0 after each restart, unless their meaning says otherwise.
            """;

    static final String WITHOUT_OPERATORS = "query-evolution-sql";

    private MetricsPage() {}

    static String render(Repository repository) {
        StringBuilder page = new StringBuilder(HEAD);
        for (MavenModule recipe : repository.recipes()) {
            page.append("\n## ").append(recipe.name()).append("\n\n");
            if (recipe.name().equals(WITHOUT_OPERATORS)) {
                page.append("Flink's own metrics only.\n");
                continue;
            }
            page.append(
                    "| Metric | Type | Unit | What it is | Worry when | Registered by |\n|---|---|---|---|---|---|\n");
            Map<MetricsInCode.Metric, TreeSet<String>> places = new LinkedHashMap<>();
            for (MetricsInCode.Metric metric :
                    MetricsInCode.of(repository, recipe).metrics()) {
                MetricsInCode.Metric row = new MetricsInCode.Metric(
                        metric.name(), metric.type(), metric.unit(), metric.meaning(), metric.worry(), "");
                places.computeIfAbsent(row, unused -> new TreeSet<>()).add(metric.place());
            }
            List<String> rows = new ArrayList<>();
            places.forEach((metric, classes) -> rows.add("| `" + metric.name() + "` | " + metric.type() + " | "
                    + metric.unit() + " | " + metric.meaning() + " | " + metric.worry() + " | "
                    + String.join(", ", classes) + " |\n"));
            rows.stream().sorted().forEach(page::append);
        }
        return page.toString();
    }
}
