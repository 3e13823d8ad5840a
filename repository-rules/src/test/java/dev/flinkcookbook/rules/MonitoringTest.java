package dev.flinkcookbook.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The alert rules name metrics that are known, and each alert is tested, explained and on the page. */
class MonitoringTest {

    private static final Path FOLDER = Repository.here().root().resolve("monitoring");
    private static final Pattern METRIC = Pattern.compile("(flink|job:flink)_\\w+(:\\w+)?");

    /** Of Flink and its Kafka connector; ExportedMetricsIT of operations asks a reporter for those that rules and dashboard name. */
    static final Set<String> OF_FLINK = Set.of(
            "flink_jobmanager_job_lastCheckpointCompletedTimestamp",
            "flink_jobmanager_job_lastCheckpointDuration",
            "flink_jobmanager_job_lastCheckpointFullSize",
            "flink_jobmanager_job_lastCheckpointSize",
            "flink_jobmanager_job_numRestarts",
            "flink_jobmanager_job_numberOfCompletedCheckpoints",
            "flink_jobmanager_job_numberOfFailedCheckpoints",
            "flink_jobmanager_job_runningTime",
            "flink_jobmanager_numRegisteredTaskManagers",
            "flink_jobmanager_numRunningJobs",
            "flink_jobmanager_taskSlotsAvailable",
            "flink_taskmanager_Status_JVM_GarbageCollector_All_TimeMsPerSecond",
            "flink_taskmanager_Status_JVM_Memory_Heap_Max",
            "flink_taskmanager_Status_JVM_Memory_Heap_Used",
            "flink_taskmanager_job_task_backPressuredTimeMsPerSecond",
            "flink_taskmanager_job_task_busyTimeMsPerSecond",
            "flink_taskmanager_job_task_currentInputWatermark",
            "flink_taskmanager_job_task_numRecordsIn",
            "flink_taskmanager_job_task_numRecordsInPerSecond",
            "flink_taskmanager_job_task_operator_currentEmitEventTimeLag",
            "flink_taskmanager_job_task_operator_pendingRecords");

    private static JsonNode yaml(String file) throws IOException {
        return new YAMLMapper().readTree(FOLDER.resolve(file).toFile());
    }

    private static List<JsonNode> rules() throws IOException {
        List<JsonNode> rules = new ArrayList<>();
        yaml("rules.yml").get("groups").forEach(group -> group.get("rules").forEach(rules::add));
        return rules;
    }

    private static List<String> texts(String field) throws IOException {
        return rules().stream()
                .filter(rule -> rule.has(field))
                .map(rule -> rule.get(field).asText())
                .toList();
    }

    @Test
    void everyMetricOfARuleIsFlinksOrRecorded() throws IOException {
        List<String> recorded = texts("record");
        assertThat(texts("expr"))
                .isNotEmpty()
                .allSatisfy(expression -> assertThat(
                                METRIC.matcher(expression).results().map(MatchResult::group))
                        .as(expression)
                        .isNotEmpty()
                        .allMatch(name -> OF_FLINK.contains(name) || recorded.contains(name)));
    }

    @Test
    void everyAlertHasACaseThatFiresAndOneThatDoesNot() throws IOException {
        List<String> fires = new ArrayList<>();
        List<String> quiet = new ArrayList<>();
        yaml("rules-test.yml")
                .get("tests")
                .forEach(test -> test.get("alert_rule_test")
                        .forEach(alert -> (alert.get("exp_alerts").isEmpty() ? quiet : fires)
                                .add(alert.get("alertname").asText())));
        assertThat(fires).containsExactlyInAnyOrderElementsOf(texts("alert"));
        assertThat(quiet).containsExactlyInAnyOrderElementsOf(texts("alert"));
    }

    @Test
    void everyAlertSaysWhatToDoAndIsOnThePage() throws IOException {
        String page = Files.readString(FOLDER.resolve("README.md"));
        assertThat(rules().stream().filter(rule -> rule.has("alert"))).allSatisfy(rule -> {
            assertThat(rule.get("annotations").fieldNames())
                    .toIterable()
                    .contains("summary", "description", "action", "page");
            assertThat(FOLDER.resolveSibling(rule.get("annotations").get("page").asText()))
                    .isRegularFile();
            assertThat(page).contains("| `" + rule.get("alert").asText() + "` |");
        });
    }
}
