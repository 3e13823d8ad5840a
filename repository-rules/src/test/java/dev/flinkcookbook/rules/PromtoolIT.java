package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prometheus's own opinion of the rules and of what the dashboards ask. It needs {@code promtool} on the path: {@code ./mvnw verify -Ppromtool}. */
@Tag("promtool")
class PromtoolIT {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "check config --lint-fatal monitoring/prometheus.yml",
                "check rules monitoring/rules.yml",
                "test rules monitoring/rules-test.yml"
            })
    void hasNothingToSay(String arguments) throws Exception {
        BashBlock.Result result =
                BashBlock.run("promtool " + arguments, Repository.here().root(), Duration.ofMinutes(1));

        assertThat(result.exitCode()).as(result.output()).isZero();
    }

    @Test
    void readsEveryQueryOfADashboard(@TempDir Path folder) throws Exception {
        List<String> expressions = GrafanaDashboard.all().stream()
                .flatMap(dashboard -> dashboard.queries().stream())
                .map(GrafanaDashboard.Query::expression)
                .toList();
        assertThat(expressions).hasSizeGreaterThan(20);

        BashBlock.Result result = checked(expressions, folder);

        assertThat(result.exitCode()).as(result.output()).isZero();
        assertThat(result.output()).contains(expressions.size() + " rules found");
    }

    @Test
    void refusesAQueryThatIsNone(@TempDir Path folder) throws Exception {
        assertThat(checked(List.of("sum by (job_name) (rate(flink_jobmanager_job_numRestarts))"), folder)
                        .exitCode())
                .isNotZero();
    }

    /** As rules, because promtool checks queries in no other place; with values for Grafana's variables. */
    private static BashBlock.Result checked(List<String> expressions, Path folder)
            throws IOException, InterruptedException {
        List<Map<String, String>> rules = new ArrayList<>();
        for (String expression : expressions) {
            rules.add(Map.of(
                    "record",
                    "dashboard:query:" + rules.size(),
                    "expr",
                    expression.replace("$__rate_interval", "1m").replace("$job", ".*")));
        }
        Path file = folder.resolve("queries.yml");
        new YAMLMapper()
                .writeValue(file.toFile(), Map.of("groups", List.of(Map.of("name", "dashboards", "rules", rules))));
        return BashBlock.run(
                "promtool check rules '" + file + "'", Repository.here().root(), Duration.ofMinutes(1));
    }
}
