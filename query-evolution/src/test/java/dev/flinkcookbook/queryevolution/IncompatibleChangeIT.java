package dev.flinkcookbook.queryevolution;

import static dev.flinkcookbook.queryevolution.VersionsOnACluster.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.FlinkRestException;
import dev.flinkcookbook.testbed.JarRun;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.SessionCluster;
import dev.flinkcookbook.testbed.SessionClusterExtension;
import dev.flinkcookbook.testbed.TopicReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.util.FileUtils;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The fourth way: version 3 has other types, and two states for one. A batch job makes a savepoint that it can read. */
@ExtendWith({KafkaExtension.class, SessionClusterExtension.class})
class IncompatibleChangeIT {

    private static final int EVENTS = 1_500;
    private static final JsonMapper JSON = new JsonMapper();

    private final VersionsOnACluster versions;

    @TempDir
    private Path folder;

    IncompatibleChangeIT(SessionCluster cluster, KafkaBroker kafka) {
        this.versions = new VersionsOnACluster(cluster, kafka, TransactionsOracle.Output.ACTIVITY);
    }

    /** Between stop and start transactions come that neither version has read. */
    private String savepointOf(int version) throws Exception {
        JobID job = versions.write(EVENTS).start(version);
        versions.awaitResults().write(EVENTS);
        String savepoint = versions.stop(job);
        versions.write(EVENTS);
        return savepoint;
    }

    private void migrated(String from) {
        JobID job = migrate(from, newSavepoint());
        VersionsOnACluster.patiently().until(() -> versions.rest().status(job).isGloballyTerminalState());
        assertThat(versions.rest().failures(job)).isEmpty();
    }

    private JobID migrate(String from, String to) {
        return versions.rest()
                .run(
                        VersionsOnACluster.jar(3),
                        JarRun.with("--from", from, "--to", to)
                                .mainClass("dev.flinkcookbook.queryevolution.MigrateSavepoint")
                                .option("restart-strategy.type", "none")
                                .parallelism(2));
    }

    private String newSavepoint() {
        return folder.resolve("migrated").toUri().toString();
    }

    @Test
    void goesOnFromAMigratedSavepointOfVersion2() throws Exception {
        String savepoint = savepointOf(2);

        migrated(savepoint);
        versions.startFrom(newSavepoint(), 3);

        versions.isExact();
        assertThat(largest(versions.results(versions.output()), "largest"))
                .isEqualTo(largest(TopicReader.readAll(versions.servers(), versions.input()), "amount"));
    }

    /** What version 1 did not know is unknown still: the largest amount is counted from version 3 on. */
    @Test
    void goesOnFromAMigratedSavepointOfVersion1() throws Exception {
        String savepoint = savepointOf(1);

        migrated(savepoint);
        versions.startFrom(newSavepoint(), 3);

        versions.isExact();
    }

    /** All that is in files is copied, that of the other operators too: the old savepoint may be deleted. */
    @Test
    void needsTheOldSavepointNoMoreOnceItIsMigrated() throws Exception {
        JarRun intoFiles = versions.run(versions.output()).option("execution.checkpointing.data-inline-threshold", "0");
        JobID job = versions.write(EVENTS).start(2, versions.output(), intoFiles);
        versions.awaitResults();
        String savepoint = versions.stop(job);
        Path old = Path.of(URI.create(savepoint));
        assertThat(old.toFile().list()).as("files beside _metadata").hasSizeGreaterThan(1);
        versions.write(EVENTS);

        migrated(savepoint);
        FileUtils.deleteDirectory(old.toFile());
        versions.startFrom(newSavepoint(), 3);

        versions.isExact();
    }

    /** A folder that has a savepoint is refused, and the savepoint in it stays as it is. */
    @Test
    void writesOverNoSavepoint() throws Exception {
        String savepoint = savepointOf(2);
        Path metadata = Path.of(URI.create(savepoint)).resolve("_metadata");
        byte[] before = Files.readAllBytes(metadata);

        JobID job = migrate(savepoint, savepoint + "/");

        versions.rest().awaitStatus(job, PATIENCE, JobStatus.FAILED);
        assertThat(versions.rest().failures(job).get(0).stackTrace()).contains("already exists");
        assertThat(Files.readAllBytes(metadata)).isEqualTo(before);
    }

    /** The control: Flink does not guess. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void failsWithoutTheMigration(int version) throws Exception {
        String savepoint = savepointOf(version);

        JobID refused = versions.rest()
                .run(
                        VersionsOnACluster.jar(3),
                        versions.run(versions.output())
                                .mainClass("dev.flinkcookbook.queryevolution.AccountActivityJob")
                                .option("restart-strategy.type", "none")
                                .fromSavepoint(savepoint));

        versions.rest().awaitStatus(refused, PATIENCE, JobStatus.FAILED);
        assertThat(versions.rest().failures(refused).get(0).stackTrace()).contains("must not be incompatible");
    }

    @Test
    void saysWhatIsNoSavepoint() {
        assertThatThrownBy(() -> migrate(folder.resolve("nothing").toUri().toString(), newSavepoint()))
                .isInstanceOf(FlinkRestException.class)
                .hasMessageContaining("Cannot find checkpoint or savepoint file/directory");
    }

    /** Of each account, 0 if no amount is positive. */
    private static Map<String, Long> largest(Iterable<ConsumerRecord<byte[], byte[]>> records, String field)
            throws IOException {
        Map<String, Long> largest = new TreeMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            JsonNode json = readable(record.value());
            if (json.path(field).isIntegralNumber()
                    && !json.path("account").asText().isBlank()) {
                largest.merge(
                        json.path("account").asText(),
                        Math.max(0, json.path(field).longValue()),
                        Math::max);
            }
        }
        return largest;
    }

    private static JsonNode readable(byte[] value) throws IOException {
        try {
            return JSON.readTree(value == null ? new byte[0] : value);
        } catch (JsonProcessingException e) {
            return JSON.missingNode();
        }
    }
}
