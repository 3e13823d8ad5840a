package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The dashboards hold to Grafana's own types, ask for metrics that there are, and show every metric of a recipe. */
class GrafanaTest {

    private static final Repository REPOSITORY = Repository.here();
    private static final String VERSION = "12.1.0";
    private static final Pattern METRIC = Pattern.compile("\\bflink_\\w+");
    private static final List<GrafanaDashboard> DASHBOARDS = GrafanaDashboard.all();
    private static final JsonSchema SCHEMA = schema();

    private static JsonSchema schema() {
        try (InputStream schema =
                GrafanaTest.class.getResourceAsStream("/grafana-" + VERSION + "/dashboard.schema.json")) {
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(schema);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static GrafanaDashboard dashboard(String file) {
        return DASHBOARDS.stream()
                .filter(dashboard -> dashboard.file().equals(file))
                .findFirst()
                .orElseThrow();
    }

    private static Set<String> violations(JsonNode dashboard) {
        return SCHEMA.validate(dashboard).stream()
                .map(ValidationMessage::getMessage)
                .collect(Collectors.toSet());
    }

    private static Set<String> metrics(GrafanaDashboard dashboard) {
        Stream<String> expressions = dashboard.queries().stream().map(GrafanaDashboard.Query::expression);
        return Stream.concat(expressions, dashboard.json().at("/templating/list").findValuesAsText("query").stream())
                .flatMap(text -> METRIC.matcher(text).results().map(MatchResult::group))
                .collect(Collectors.toSet());
    }

    private static JsonNode yaml(String file) throws IOException {
        return new YAMLMapper().readTree(REPOSITORY.root().resolve(file).toFile());
    }

    @ParameterizedTest
    @FieldSource("DASHBOARDS")
    void holdsToTheTypesOfGrafana(GrafanaDashboard dashboard) {
        assertThat(violations(dashboard.json())).isEmpty();
    }

    /** The control: what Grafana itself would pass over in silence. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/panels/1/fieldConfig/defaults",
                "/panels/1/fieldConfig/defaults/thresholds",
                "/panels/1/options",
                "/panels/1/targets/0",
                "/panels/1/gridPos",
                "/panels/6",
                "/panels/6/fieldConfig/defaults/custom",
                "/templating/list/0"
            })
    void refusesAFieldThatGrafanaDoesNotKnow(String place) {
        JsonNode dashboard = dashboard("job-health.json").json().deepCopy();

        ((ObjectNode) dashboard.at(place)).put("desription", "text");

        assertThat(violations(dashboard)).anyMatch(message -> message.contains("'desription'"));
    }

    @Test
    void refusesAValueThatGrafanaDoesNotKnow() {
        JsonNode dashboard = dashboard("job-health.json").json().deepCopy();

        ((ObjectNode) dashboard.at("/panels/1/fieldConfig/defaults/thresholds")).put("mode", "relative");

        assertThat(violations(dashboard)).anyMatch(message -> message.contains("thresholds.mode"));
    }

    @Test
    void everyMetricThatIsAskedForIsThere() {
        Set<String> ofRecipes = REPOSITORY.recipes().stream()
                .flatMap(recipe -> MetricsInCode.of(REPOSITORY, recipe).metrics().stream())
                .map(metric -> RecipesDashboard.PREFIX + metric.name())
                .collect(Collectors.toSet());
        assertThat(metrics(dashboard("job-health.json")))
                .as("job-health.json; a new name goes into MonitoringTest, and ExportedMetricsIT asks for it")
                .isNotEmpty()
                .isSubsetOf(MonitoringTest.OF_FLINK);
        assertThat(metrics(dashboard("recipes.json")))
                .isNotEmpty()
                .allMatch(name -> ofRecipes.contains(name) || MonitoringTest.OF_FLINK.contains(name));
    }

    @Test
    void everyMetricOfARecipeIsInItsRow() {
        List<GrafanaDashboard.Query> queries = dashboard("recipes.json").queries();
        assertThat(REPOSITORY.recipes()).isNotEmpty().allSatisfy(recipe -> {
            Set<String> shown = queries.stream()
                    .filter(query -> query.row().equals(recipe.name()))
                    .flatMap(query -> METRIC.matcher(query.expression()).results())
                    .map(MatchResult::group)
                    .collect(Collectors.toSet());
            assertThat(shown)
                    .isEqualTo(MetricsInCode.of(REPOSITORY, recipe).metrics().stream()
                            .map(metric -> "flink_taskmanager_job_task_operator_" + metric.name())
                            .collect(Collectors.toSet()));
        });
    }

    @Test
    void theDashboardOfTheRecipesIsWhatTheCodeGives() throws IOException {
        String rendered = RecipesDashboard.render(REPOSITORY);
        Path made = REPOSITORY.root().resolve("repository-rules/target/recipes.json");
        Files.createDirectories(made.getParent());
        Files.writeString(made, rendered);
        Path committed = GrafanaDashboard.FOLDER.resolve("recipes.json");
        assertThat(Files.readString(committed))
                .as(
                        "recipes.json; to renew it: cp repository-rules/target/recipes.json monitoring/grafana/dashboards/recipes.json")
                .isEqualTo(rendered);
    }

    @ParameterizedTest
    @FieldSource("DASHBOARDS")
    void noPanelLiesOnAnother(GrafanaDashboard dashboard) {
        Set<String> cells = new HashSet<>();
        List<Integer> ids = new ArrayList<>();
        for (JsonNode panel : dashboard.json().path("panels")) {
            ids.add(panel.path("id").asInt());
            JsonNode at = panel.path("gridPos");
            int right = at.path("x").asInt() + at.path("w").asInt();
            int bottom = at.path("y").asInt() + at.path("h").asInt();
            assertThat(right).isLessThanOrEqualTo(24);
            for (int x = at.path("x").asInt(); x < right; x++) {
                for (int y = at.path("y").asInt(); y < bottom; y++) {
                    assertThat(cells.add(x + "/" + y))
                            .as(panel.path("title").asText())
                            .isTrue();
                }
            }
        }
        assertThat(ids).isNotEmpty().doesNotHaveDuplicates();
    }

    @Test
    void theDashboardsAskTheDataSourceThatIsProvisioned() throws IOException {
        JsonNode sources = yaml("monitoring/grafana/provisioning/datasources/prometheus.yml")
                .path("datasources");
        assertThat(sources).hasSize(1);
        JsonNode source = sources.get(0);
        assertThat(yaml("docker-compose.yml").at("/services/prometheus/ports/0").asText())
                .endsWith(":9090");
        assertThat(source.path("url").asText()).isEqualTo("http://prometheus:9090");
        assertThat(source.at("/jsonData/timeInterval").asText())
                .isEqualTo(yaml("monitoring/prometheus.yml")
                        .at("/global/scrape_interval")
                        .asText());
        assertThat(DASHBOARDS)
                .hasSize(2)
                .allSatisfy(dashboard -> assertThat(dashboard.json().findValues("datasource"))
                        .isNotEmpty()
                        .allMatch(used -> used.path("uid").equals(source.path("uid")))
                        .allMatch(used -> used.path("type").equals(source.path("type"))));
    }

    @Test
    void composeMountsWhatGrafanaReadsAndLetsNobodyInFromOutside() throws IOException {
        JsonNode grafana = yaml("docker-compose.yml").at("/services/grafana");
        String provisioning = "./monitoring/grafana/provisioning/";
        String dashboards = yaml("monitoring/grafana/provisioning/dashboards/flink-cookbook.yml")
                .at("/providers/0/options/path")
                .asText();
        List<String> volumes = new ArrayList<>();
        grafana.path("volumes").forEach(volume -> volumes.add(volume.asText()));

        assertThat(volumes)
                .containsExactlyInAnyOrder(
                        provisioning + "datasources:/etc/grafana/provisioning/datasources:ro",
                        provisioning + "dashboards:/etc/grafana/provisioning/dashboards:ro",
                        "./monitoring/grafana/dashboards:" + dashboards + ":ro");
        assertThat(grafana.at("/environment/GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH")
                        .asText())
                .isEqualTo(dashboards + "/job-health.json");
        assertThat(grafana.at("/environment/GF_AUTH_ANONYMOUS_ORG_ROLE").asText())
                .isEqualTo("Viewer");
        assertThat(grafana.path("ports"))
                .hasSize(1)
                .allMatch(port -> port.asText().startsWith("127.0.0.1:"));
        assertThat(grafana.path("image").asText()).isEqualTo("grafana/grafana:" + VERSION);
    }
}
