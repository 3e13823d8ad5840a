package dev.flinkcookbook.operations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.operations.Finding.Severity;
import dev.flinkcookbook.operations.JobLook.Checkpointing;
import dev.flinkcookbook.operations.JobLook.Step;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.FlinkRest.JobFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobStatus;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class DiagnosisTest {

    private static final Instant NOW = Instant.parse("2026-01-01T10:00:00Z");
    private static final Checkpointing WELL = checkpointing(0, null, Duration.ofMillis(300), Duration.ZERO);

    private static Checkpointing checkpointing(
            int failedInARow, Duration inProgress, Duration lastDuration, Duration alignment) {
        return new Checkpointing(
                Duration.ofSeconds(5),
                7,
                failedInARow,
                "what failed",
                Optional.ofNullable(inProgress),
                Optional.ofNullable(lastDuration),
                alignment);
    }

    private static JobFailure failure(Duration ago, String kind) {
        Map<String, String> labels = kind == null ? Map.of() : Map.of("kind", kind);
        return new JobFailure(NOW.minus(ago), "why it failed", Optional.empty(), labels, "");
    }

    private static JobLook job(
            List<JobFailure> failures, Checkpointing checkpoints, long pending, long growth, Step... steps) {
        return new JobLook(
                "orders",
                JobStatus.RUNNING,
                NOW,
                0,
                failures,
                Optional.ofNullable(checkpoints),
                OptionalLong.of(pending),
                growth,
                List.of(steps));
    }

    private static List<Finding> findings(JobLook... jobs) {
        return Diagnosis.of(new FlinkRest.Overview(2, 4, 0), List.of(jobs), 1_000);
    }

    private static Stream<String> names(JobLook... jobs) {
        return findings(jobs).stream().map(Finding::name);
    }

    @Test
    void findsNothingInAHealthyCluster() {
        assertThat(names()).isEmpty();
        assertThat(names(job(List.of(), WELL, 999, 10, new Step("read", 500, 900))))
                .isEmpty();
    }

    @Nested
    class Failures {
        @Test
        void twoAreARestartAndThreeALoop() {
            JobFailure failure = failure(Duration.ofMinutes(1), "kafka");
            assertThat(names(job(List.of(failure, failure), WELL, 0, 0))).containsExactly("failures");
            assertThat(names(job(List.of(failure, failure, failure), WELL, 0, 0)))
                    .containsExactly("retry-loop", "failures");
        }

        @Test
        void areForgottenAfterTenMinutes() {
            assertThat(names(job(List.of(failure(Diagnosis.RECENT, "kafka")), WELL, 0, 0)))
                    .hasSize(1);
            assertThat(names(job(List.of(failure(Diagnosis.RECENT.plusMillis(1), "kafka")), WELL, 0, 0)))
                    .isEmpty();
        }

        @Test
        void areGroupedByTheirLabel() {
            List<JobFailure> failures = Stream.of("kafka", null, "user-code", "kafka")
                    .map(kind -> failure(Duration.ofSeconds(30), kind))
                    .toList();
            assertThat(findings(job(failures, WELL, 0, 0)))
                    .filteredOn(finding -> finding.name().equals("failures"))
                    .extracting(finding ->
                            finding.facts().get("kind") + " " + finding.facts().get("count"))
                    .containsExactly("kafka 2", "unlabelled 1", "user-code 1");
        }

        @Test
        void ofAJobThatIsOverAreTheEnd() {
            JobLook failed = new JobLook(
                    "orders",
                    JobStatus.FAILED,
                    NOW,
                    0,
                    List.of(failure(Duration.ofHours(1), "state")),
                    Optional.empty(),
                    OptionalLong.empty(),
                    0,
                    List.of());
            assertThat(names(failed)).containsExactly("job-failed");
        }
    }

    @Nested
    class Checkpoints {
        @Test
        void failAtTheSecondInARow() {
            assertThat(names(job(List.of(), checkpointing(1, null, null, Duration.ZERO), 0, 0)))
                    .isEmpty();
            assertThat(names(job(List.of(), checkpointing(2, null, null, Duration.ZERO), 0, 0)))
                    .containsExactly("checkpoints-failing");
        }

        @Test
        void areStuckOrSlowAboveTenSeconds() {
            Duration limit = Diagnosis.SLOW_CHECKPOINT;
            assertThat(names(job(List.of(), checkpointing(0, limit, limit, Duration.ZERO), 0, 0)))
                    .isEmpty();
            assertThat(names(job(
                            List.of(),
                            checkpointing(0, limit.plusMillis(1), limit.plusMillis(1), Duration.ZERO),
                            0,
                            0)))
                    .containsExactly("checkpoint-stuck", "checkpoint-slow");
        }

        @Test
        void alignLongAboveFiveSeconds() {
            Duration limit = Diagnosis.LONG_ALIGNMENT;
            assertThat(names(job(List.of(), checkpointing(0, null, null, limit), 0, 0)))
                    .isEmpty();
            assertThat(names(job(List.of(), checkpointing(0, null, null, limit.plusMillis(1)), 0, 0)))
                    .containsExactly("alignment-long");
        }

        @Test
        void areMissed() {
            assertThat(names(job(List.of(), null, 0, 0))).containsExactly("no-checkpoints");
        }
    }

    @Test
    void backPressureNamesTheBusiestStepBehindIt() {
        JobLook job = job(
                List.of(),
                WELL,
                0,
                0,
                new Step("read", 900, 100),
                new Step("enrich", 501, 100),
                new Step("count", 0, 950),
                new Step("write", 0, 20));
        assertThat(findings(job))
                .singleElement()
                .satisfies(finding -> assertThat(finding.facts())
                        .containsEntry("step", "enrich")
                        .containsEntry("share", "50%")
                        .containsEntry("slowest", "count"));
    }

    @Test
    void lagSaysWhetherTheJobCatchesUp() {
        assertThat(findings(job(List.of(), WELL, 1_000, 0)).get(0).line())
                .isEqualTo("finding=lag severity=warning job=orders pending-records=1000 growth=0/s"
                        + " says=\"the job is behind and does not catch up\""
                        + " do=\"mend what is reported above; if nothing is, more parallelism\"");
        assertThat(findings(job(List.of(), WELL, 1_000, -5)).get(0).says())
                .isEqualTo("the job is behind and catches up");
    }

    @Test
    void missingTaskManagersAndSlotsAreCritical() {
        JobLook waiting = new JobLook(
                "orders", JobStatus.RUNNING, NOW, 3, List.of(), Optional.of(WELL), OptionalLong.empty(), 0, List.of());
        assertThat(Diagnosis.of(new FlinkRest.Overview(0, 0, 0), List.of(waiting), 1))
                .extracting(Finding::name)
                .containsExactly("no-task-managers");
        assertThat(Diagnosis.of(new FlinkRest.Overview(1, 2, 0), List.of(waiting), 1))
                .extracting(Finding::name)
                .containsExactly("no-free-slots");
        assertThat(Diagnosis.of(new FlinkRest.Overview(1, 2, 2), List.of(waiting), 1))
                .isEmpty();
    }

    @Test
    void theWorstComesFirst() {
        JobFailure failure = failure(Duration.ofMinutes(1), "kafka");
        assertThat(findings(job(List.of(), WELL, 5_000, 0), job(List.of(failure, failure, failure), WELL, 0, 0)))
                .extracting(Finding::severity)
                .isSorted()
                .containsExactly(Severity.CRITICAL, Severity.WARNING, Severity.WARNING);
    }
}
