package dev.flinkcookbook.queryevolution;

import static dev.flinkcookbook.queryevolution.VersionsOnACluster.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.SessionCluster;
import dev.flinkcookbook.testbed.SessionClusterExtension;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The first way to restart: nothing has changed. */
@ExtendWith({KafkaExtension.class, SessionClusterExtension.class})
class SameCodeIT {

    private static final int EVENTS = 1_500;
    private static final String RETAIN = "execution.checkpointing.externalized-checkpoint-retention";

    private final SessionCluster cluster;
    private final VersionsOnACluster versions;

    SameCodeIT(SessionCluster cluster, KafkaBroker kafka) {
        this.cluster = cluster;
        this.versions = new VersionsOnACluster(cluster, kafka, TransactionsOracle.Output.ACTIVITY);
    }

    @ParameterizedTest
    @EnumSource
    void goesOnFromTheSavepointOfACleanStop(SavepointFormatType format) throws Exception {
        JobID job = versions.write(EVENTS).start(1);
        versions.awaitResults().write(EVENTS);
        String savepoint = versions.rest().stopWithSavepoint(job, false, format);
        versions.write(EVENTS);

        versions.startFrom(savepoint, 1);

        versions.isExact();
    }

    /** What the job had written since is still in an open transaction, and is aborted: it comes again. */
    @Test
    void goesOnFromARetainedCheckpointAfterACrash() throws Exception {
        JobID job = versions.write(EVENTS)
                .start(1, versions.output(), versions.run(versions.output()).option(RETAIN, "RETAIN_ON_CANCELLATION"));
        versions.awaitResults();
        versions.rest().awaitCheckpoint(job, PATIENCE);
        versions.write(EVENTS);
        cluster.killLeadingJobManager();
        versions.write(EVENTS);
        cluster.startJobManager();
        versions.rest().awaitTaskManagers(cluster.taskManagers(), PATIENCE);

        versions.startFrom(newestCheckpoint(job).toUri().toString(), 1);

        versions.isExact();
    }

    /** The control: without state the job knows nothing, and says so for ever. */
    @Test
    void knowsNothingWithoutState() throws Exception {
        JobID job = versions.write(EVENTS).start(1);
        versions.awaitResults().awaitCommitted();
        versions.stop(job);
        versions.write(EVENTS);

        versions.start(1, "--starting-offsets", "committed");

        versions.awaitResults();
        assertThat(versions.verdict().lost()).isPositive();
        assertThat(versions.verdict().duplicated()).isEqualTo(versions.verdict().lost());
    }

    @Test
    void leavesASavepointAloneThatItDoesNotClaim() throws Exception {
        JobID job = versions.write(EVENTS).start(1);
        String savepoint = versions.stop(job);
        JobID first = versions.startFrom(savepoint, 1);
        versions.rest().awaitCheckpoint(first, PATIENCE);
        versions.rest().awaitCheckpoint(first, PATIENCE);
        versions.rest().cancel(first);

        assertThat(metadata(savepoint)).exists();
    }

    /** What is claimed is Flink's: it goes with the checkpoints that are superseded, and so does the way back. */
    @Test
    void deletesASavepointThatItClaims() throws Exception {
        JobID job = versions.write(EVENTS).start(1);
        String savepoint = versions.rest().stopWithSavepoint(job, false, SavepointFormatType.CANONICAL);
        JobID claiming = versions.start(
                1,
                versions.output(),
                versions.run(versions.output())
                        .option("state.backend.type", "hashmap")
                        .fromSavepoint(savepoint)
                        .claimMode(RecoveryClaimMode.CLAIM));

        VersionsOnACluster.patiently()
                .untilAsserted(() -> assertThat(metadata(savepoint)).doesNotExist());
        versions.write(EVENTS).isExact();
        assertThat(versions.rest().status(claiming)).isEqualTo(JobStatus.RUNNING);
    }

    /** Incremental checkpoints go on using its files: here it is still whole when others have come after it. */
    @Test
    void keepsASavepointThatItClaimsWhileItsFilesAreInUse() throws Exception {
        JobID job = versions.write(EVENTS).start(1);
        versions.awaitResults();
        String savepoint = versions.rest().stopWithSavepoint(job, false, SavepointFormatType.NATIVE);
        JobID claiming = versions.start(
                1,
                versions.output(),
                versions.run(versions.output()).fromSavepoint(savepoint).claimMode(RecoveryClaimMode.CLAIM));
        for (int more = 0; more < 5; more++) {
            versions.rest().awaitCheckpoint(claiming, PATIENCE);
        }

        assertThat(metadata(savepoint)).exists();
    }

    /** Nothing here waits for event time, which a drain ends. */
    @Test
    void goesOnAfterADrainWhereNothingWaitsForEventTime() throws Exception {
        JobID job = versions.write(EVENTS).start(1);
        versions.awaitResults();
        String savepoint = versions.rest().stopWithSavepoint(job, true, SavepointFormatType.CANONICAL);
        versions.write(EVENTS);

        versions.startFrom(savepoint, 1);

        versions.isExact();
    }

    private static Path metadata(String savepoint) {
        return Path.of(URI.create(savepoint)).resolve("_metadata");
    }

    private Path newestCheckpoint(JobID job) throws IOException {
        try (Stream<Path> files = Files.walk(cluster.checkpoints().resolve(job.toString()))) {
            return files.filter(file -> file.endsWith("_metadata"))
                    .map(Path::getParent)
                    .max(Comparator.comparingInt(folder ->
                            Integer.parseInt(folder.getFileName().toString().substring("chk-".length()))))
                    .orElseThrow();
        }
    }
}
