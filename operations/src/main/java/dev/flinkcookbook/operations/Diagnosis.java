package dev.flinkcookbook.operations;

import static dev.flinkcookbook.operations.Finding.critical;
import static dev.flinkcookbook.operations.Finding.facts;
import static dev.flinkcookbook.operations.Finding.warning;

import dev.flinkcookbook.operations.JobLook.Checkpointing;
import dev.flinkcookbook.operations.JobLook.Step;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.FlinkRest.JobFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobStatus;

/** What is wrong, by what was seen. Rules without a cluster, so that each can be tested at its limit. */
final class Diagnosis {

    /** What failed longer ago is over. */
    static final Duration RECENT = Duration.ofMinutes(10);

    /** Flink restarts by itself, which is its job; only what it does not get over is a loop. */
    static final int LOOP = 3;

    /** One failed checkpoint is harmless: the next one covers it. */
    static final int FAILED_CHECKPOINTS = 2;

    /** However short the interval is: no checkpoint that is faster is worth a line. */
    static final Duration SLOW_CHECKPOINT = Duration.ofSeconds(10);

    static final Duration LONG_ALIGNMENT = Duration.ofSeconds(5);

    /** Milliseconds of a second, as in Flink's own Web UI, which calls it high from here on. */
    static final long BACK_PRESSURED = 500;

    private Diagnosis() {}

    /**
     * All findings, the worst first.
     *
     * @param lag so many pending records are worth a line
     */
    static List<Finding> of(FlinkRest.Overview cluster, List<JobLook> jobs, long lag) {
        List<Finding> findings = new ArrayList<>();
        if (cluster.taskManagers() == 0) {
            findings.add(critical(
                    "no-task-managers",
                    facts("jobs", jobs.size()),
                    "no TaskManager has registered, so nothing runs",
                    "start TaskManagers; if they run, look into their logs for the JobManager's address"));
        }
        for (JobLook job : jobs) {
            slots(cluster, job, findings);
            failures(job, findings);
            job.checkpoints()
                    .ifPresentOrElse(
                            checkpoints -> checkpoints(job, checkpoints, findings), () -> noCheckpoints(job, findings));
            backPressure(job, findings);
            lag(job, lag, findings);
        }
        findings.sort(Comparator.comparing(Finding::severity)); // Stable: what belongs to one job stays together.
        return findings;
    }

    private static void slots(FlinkRest.Overview cluster, JobLook job, List<Finding> findings) {
        if (job.waitingTasks() > 0 && cluster.freeSlots() == 0 && cluster.taskManagers() > 0) {
            findings.add(critical(
                    "no-free-slots",
                    facts("job", job.name(), "waiting-tasks", job.waitingTasks(), "slots", cluster.slots()),
                    "tasks wait for slots and none is free",
                    "start a TaskManager, or lower the parallelism, or end another job"));
        }
    }

    private static void failures(JobLook job, List<Finding> findings) {
        List<JobFailure> recent = job.failures().stream()
                .filter(failure -> Duration.between(failure.at(), job.now()).compareTo(RECENT) <= 0)
                .toList();
        if (job.status() == JobStatus.FAILED) {
            findings.add(critical(
                    "job-failed",
                    facts("job", job.name(), "newest", newest(job.failures())),
                    "the job has failed for good and will not restart",
                    "mend the cause, then start it from its last checkpoint or savepoint"));
        } else if (recent.size() >= LOOP) {
            Duration span = Duration.between(recent.get(recent.size() - 1).at(), job.now());
            findings.add(critical(
                    "retry-loop",
                    facts("job", job.name(), "failures", recent.size(), "in", span.toSeconds() + "s"),
                    "the job fails again as soon as it has restarted, so a further restart will not mend it",
                    "see the failures below; until it is mended set restart-strategy.type: exponential-delay, so"
                            + " that it does not hammer what is broken"));
        }
        Map<String, List<JobFailure>> byKind = recent.stream()
                .collect(Collectors.groupingBy(
                        failure -> failure.labels().getOrDefault("kind", "unlabelled"),
                        TreeMap::new,
                        Collectors.toList()));
        byKind.forEach((kind, failures) -> findings.add(warning(
                "failures",
                facts("job", job.name(), "kind", kind, "count", failures.size(), "newest", newest(failures)),
                says(kind),
                cure(kind))));
    }

    private static String newest(List<JobFailure> failures) {
        return failures.isEmpty() ? "unknown" : failures.get(0).line();
    }

    private static String says(String kind) {
        return switch (kind) {
            case "user-code" -> "the job's own code threw it";
            case "kafka" -> "Kafka, or the way to it, is not what the job needs";
            case "state" -> "state could not be written, read or understood";
            case "external" -> "something else outside did not answer, and the job takes that for its own failure";
            case "infrastructure" -> "a TaskManager was lost, or there was none";
            case "flink" -> "Flink threw it";
            default -> "nobody has labelled it";
        };
    }

    private static String cure(String kind) {
        return switch (kind) {
            case "user-code" -> "hand the stack trace to the job's owner: stop with a savepoint, mend, start from it";
            case "kafka" ->
                "look whether the brokers answer and whether topics, rights and transaction timeouts are there";
            case "state" ->
                "look whether execution.checkpointing.dir can be written and has room; after a change of the"
                        + " job, whether its state types fit";
            case "external" ->
                "look whether it answers; let the job retry by itself, without a restart (recipe failing-well)";
            case "infrastructure" -> "look why the process ended: memory, node, network";
            case "flink" -> "read the stack trace";
            default ->
                "install the failure-labels plugin, which says whose failure it is; until then read the stack trace";
        };
    }

    private static void noCheckpoints(JobLook job, List<Finding> findings) {
        if (!job.status().isGloballyTerminalState()) {
            findings.add(warning(
                    "no-checkpoints",
                    facts("job", job.name()),
                    "the job takes no checkpoints: a failure loses its state, or ends it",
                    "set execution.checkpointing.interval"));
        }
    }

    private static void checkpoints(JobLook job, Checkpointing checkpoints, List<Finding> findings) {
        Duration slow = max(SLOW_CHECKPOINT, checkpoints.interval());
        if (checkpoints.failedInARow() >= FAILED_CHECKPOINTS) {
            findings.add(critical(
                    "checkpoints-failing",
                    facts(
                            "job", job.name(),
                            "in-a-row", checkpoints.failedInARow(),
                            "completed", checkpoints.completed(),
                            "newest", checkpoints.lastFailure()),
                    "the last checkpoints have failed: exactly-once output does not become visible, and a failure goes"
                            + " back far",
                    "look whether execution.checkpointing.dir can be written and has room, and what the failures below"
                            + " say"));
        }
        checkpoints
                .inProgress()
                .filter(since -> since.compareTo(slow) > 0)
                .ifPresent(since -> findings.add(critical(
                        "checkpoint-stuck",
                        facts("job", job.name(), "since", since.toSeconds() + "s"),
                        "a checkpoint does not come to its end: a task is not reached by it, or waits in it for Kafka or for the"
                                + " storage",
                        "look whether Kafka answers, then for back pressure; the Web UI names the task without"
                                + " acknowledgement")));
        checkpoints
                .lastDuration()
                .filter(took -> took.compareTo(slow) > 0)
                .ifPresent(took -> findings.add(warning(
                        "checkpoint-slow",
                        facts(
                                "job", job.name(),
                                "took", took.toSeconds() + "s",
                                "interval", checkpoints.interval().toSeconds() + "s"),
                        "the last checkpoint took longer than it should",
                        "large state: incremental checkpoints, faster storage; back pressure: unaligned checkpoints")));
        if (checkpoints.longestAlignment().compareTo(LONG_ALIGNMENT) > 0) {
            findings.add(warning(
                    "alignment-long",
                    facts(
                            "job",
                            job.name(),
                            "longest",
                            checkpoints.longestAlignment().toSeconds() + "s"),
                    "a task waited that long until the checkpoint had come by all its inputs",
                    "mend the back pressure, or set execution.checkpointing.unaligned.enabled: true"));
        }
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }

    private static void backPressure(JobLook job, List<Finding> findings) {
        int last = -1;
        for (int i = 0; i < job.steps().size(); i++) {
            last = job.steps().get(i).backPressured() > BACK_PRESSURED ? i : last;
        }
        if (last < 0) {
            return;
        }
        // Whoever is back-pressured waits for somebody behind it; the busiest of those is the one.
        String slowest = job.steps().subList(last + 1, job.steps().size()).stream()
                .max(Comparator.comparingLong(Step::busy))
                .map(Step::name)
                .orElse("unknown");
        Step waiting = job.steps().get(last);
        findings.add(warning(
                "back-pressure",
                facts(
                        "job",
                        job.name(),
                        "step",
                        waiting.name(),
                        "share",
                        waiting.backPressured() / 10 + "%",
                        "slowest",
                        slowest),
                "a step waits for one behind it for most of the time",
                "give the slowest step more parallelism, or less work; look for a hot key"));
    }

    private static void lag(JobLook job, long lag, List<Finding> findings) {
        long pending = job.pendingRecords().orElse(0);
        if (pending >= lag) {
            findings.add(warning(
                    "lag",
                    facts("job", job.name(), "pending-records", pending, "growth", job.growth() + "/s"),
                    job.growth() < 0 ? "the job is behind and catches up" : "the job is behind and does not catch up",
                    job.growth() < 0 ? "wait" : "mend what is reported above; if nothing is, more parallelism"));
        }
    }
}
