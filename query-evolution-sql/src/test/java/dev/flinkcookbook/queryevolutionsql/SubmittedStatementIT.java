package dev.flinkcookbook.queryevolutionsql;

import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.JarRun;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.SessionCluster;
import dev.flinkcookbook.testbed.SessionClusterExtension;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The job's jar on a real session cluster, whose JobManager runs main, one statement after the other. */
@ExtendWith({KafkaExtension.class, SessionClusterExtension.class})
class SubmittedStatementIT {

    private static final Path JAR = Path.of("target", "query-evolution-sql-job.jar");
    private static final int PAYMENTS = 600;

    @RegisterExtension
    static final FlinkExtension FLINK = new FlinkExtension();

    @TempDir
    private Path folder;

    private final FlinkRest cluster;
    private final StatementOnKafka statement;

    SubmittedStatementIT(SessionCluster cluster, KafkaBroker kafka) {
        this.cluster = cluster.rest();
        this.statement = new StatementOnKafka(FLINK, kafka);
    }

    /** Main runs elsewhere, so the script's path is one that the JobManager can read. */
    private JarRun run(String output) {
        List<String> args = new ArrayList<>(statement.args(
                "account-totals-v1.sql",
                output,
                List.of("--plan", folder.resolve(output + ".json").toUri().toString())));
        args.set(1, Path.of(args.get(1)).toAbsolutePath().toUri().toString());
        return JarRun.with(args).parallelism(2).option("execution.checkpointing.interval", "200ms");
    }

    @Test
    void goesOnFromItsSavepointByItsPlanWhateverRanInBetween() throws Exception {
        String output = statement.topic("account-totals");
        statement.pay(PAYMENTS);
        JobID job = cluster.run(JAR, run(output));
        statement.awaitTotals(output, 0);
        String savepoint = cluster.stopWithSavepoint(job, false, SavepointFormatType.CANONICAL);
        // It moves the counter by which Flink numbers what it compiles.
        String another = statement.topic("account-totals");
        cluster.cancel(cluster.run(JAR, run(another)));
        statement.pay(PAYMENTS);

        JobID again = cluster.run(JAR, run(output).fromSavepoint(savepoint));

        statement.awaitTotals(output, 0);
        cluster.cancel(again);
    }
}
