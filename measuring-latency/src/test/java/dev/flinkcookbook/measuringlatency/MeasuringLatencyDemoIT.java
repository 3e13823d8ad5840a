package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.RecipeRun;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MeasuringLatencyDemoIT {

    @Test
    void measuresEachEventOnceShowsEachStageAndWritesTheReport() throws Exception {
        RecipeRun run = RecipeRun.run(new MeasuringLatencyDemo(), "--events", "6000", "--rate", "1000", "--seed", "7");

        assertThat(run.exitCode()).as(run::toString).isZero();
        assertThat(run.verdict())
                .containsEntry("verdict", "PASS")
                .containsEntry("produced", "6000")
                .containsEntry("lost", "0")
                .containsEntry("duplicated", "0")
                .containsEntry("negatives", "0")
                .containsEntry("task_managers_lost", "1")
                .containsKeys("p50_ms", "p99_ms", "p999_ms");
        assertThat(run.progress())
                .anyMatch(
                        line -> line.matches(
                                ".*p50/p99 ms: before-kafka [\\d,]+/[\\d,]+, in-kafka .*, to-operator .*,"
                                        + " window-wait .*, watermark-lag .*, processing .*, until-visible .*, end-to-end [\\d,]+/[\\d,]+"));
        Path page = Path.of(URI.create(run.progress().stream()
                .filter(line -> line.startsWith("report: "))
                .findFirst()
                .orElseThrow()
                .substring("report: ".length())));
        assertThat(page)
                .content()
                .contains("\"name\":\"watermark-lag\"", "\"status\":\"COMPLETED\"", "\"verdict\":\"PASS\"")
                .containsPattern("\"failures\":\\[\\{[^]]*(TaskManager|TaskExecutor)");
    }
}
