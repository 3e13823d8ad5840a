package dev.flinkcookbook.queryevolutionsql;

import dev.flinkcookbook.queryevolutionsql.PlanDiff.Restore;
import dev.flinkcookbook.testbed.FailureMessage;
import dev.flinkcookbook.testbed.FlinkExtension;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.table.api.PlanReference;
import org.apache.flink.table.api.TableResult;
import org.awaitility.Awaitility;

/** Runs a script, takes a savepoint of it, and starts another script from that. */
final class StatementUpgrade {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /**
     * What became of it.
     *
     * @param failure the message of what made it fail; null if it did not
     * @param changes what the second script has written, sorted
     */
    record Outcome(String failure, List<String> changes) {}

    private final FlinkExtension flink;
    private final Path folder;

    /** @param folder for savepoints */
    StatementUpgrade(FlinkExtension flink, Path folder) {
        this.flink = flink;
        this.folder = folder;
    }

    /** The savepoint of a script that has seen these rows. */
    String savepoint(SqlScript script, Restore how, Map<String, List<String>> rows) throws Exception {
        FedTable.feed(rows, false);
        Set<String> read = tablesThatAreRead(script);
        JobID job = execute(script, how, new Configuration());
        Awaitility.await()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> FedTable.haveEmittedAll(read) && isRunning(job));
        String savepoint = Awaitility.await()
                .atMost(PATIENCE)
                .ignoreExceptions() // Not all tasks are running yet.
                .until(
                        () -> flink.client()
                                .triggerSavepoint(job, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS),
                        path -> true);
        flink.client().cancel(job).get();
        flink.client().requestJobResult(job).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return savepoint;
    }

    private static Set<String> tablesThatAreRead(SqlScript script) {
        return Plan.parse(SqlStatements.of(script).compiled().asJsonString()).operators().values().stream()
                .filter(operator -> operator.inputs().isEmpty())
                .map(scan -> scan.json()
                        .at("/scanTableSource/table/resolvedTable/options/name")
                        .asText())
                .collect(Collectors.toSet());
    }

    private boolean isRunning(JobID job) throws Exception {
        JobStatus status = flink.client().getJobStatus(job).get();
        if (status.isGloballyTerminalState()) {
            throw new IllegalStateException(
                    "the script before the change has ended",
                    flink.client()
                            .requestJobResult(job)
                            .get()
                            .getSerializedThrowable()
                            .orElse(null));
        }
        return status == JobStatus.RUNNING;
    }

    /** What a script makes of these rows, after what the savepoint knows. */
    Outcome resume(SqlScript script, Restore how, String savepoint, Map<String, List<String>> rows) throws Exception {
        FedTable.feed(rows, true);
        CollectedTable.clear();
        Configuration recovery = new Configuration();
        recovery.setString("execution.state-recovery.path", savepoint);
        recovery.setString("execution.checkpointing.checkpoints-after-tasks-finish", "false");
        JobID job;
        try {
            job = execute(script, how, recovery);
        } catch (RuntimeException e) {
            return new Outcome(FailureMessage.of(e, 110), List.of());
        }
        var result = flink.client().requestJobResult(job).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return result.getSerializedThrowable()
                .map(failure -> new Outcome(FailureMessage.of(failure, 110), List.of()))
                .orElseGet(() -> new Outcome(null, CollectedTable.changes()));
    }

    private static JobID execute(SqlScript script, Restore how, Configuration recovery) {
        Configuration settings = new Configuration(recovery);
        settings.setString("parallelism.default", "1");
        settings.setString("execution.checkpointing.interval", "1h");
        SqlStatements statements = SqlStatements.of(script, settings);
        TableResult result;
        if (how == Restore.PLAIN) {
            result = statements.inserts().execute();
        } else {
            String plan = Plan.parse(statements.compiled().asJsonString()).text();
            result = statements
                    .tables()
                    .loadPlan(PlanReference.fromJsonString(plan))
                    .execute();
        }
        return result.getJobClient().orElseThrow().getJobID();
    }
}
