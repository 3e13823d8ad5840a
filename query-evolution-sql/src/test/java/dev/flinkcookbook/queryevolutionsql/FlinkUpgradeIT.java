package dev.flinkcookbook.queryevolutionsql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A statement is compiled into a plan, runs, and is stopped with a savepoint by an older Flink; this one goes on with both. They stand in
 * {@code src/test/resources/flink-2.2}: the last test has written them, run with {@code -Dflink.version=2.2.0}, into
 * {@code target/flink-2.2}. Before the next upgrade, copy {@code target/flink-2.3} there.
 */
@ExtendWith(KafkaExtension.class)
class FlinkUpgradeIT {

    private static final int PAYMENTS = 600;
    private static final String SCRIPT = "account-totals-v1.sql";
    private static final String SERVERS = "${bootstrap-servers}";
    private static final String OLDER = "2.2";
    private static final Path OF_THE_OLDER = Path.of("src/test/resources/flink-" + OLDER);

    @RegisterExtension
    static final FlinkExtension FLINK = new FlinkExtension();

    private final KafkaBroker kafka;

    @TempDir
    private Path folder;

    FlinkUpgradeIT(KafkaBroker kafka) {
        this.kafka = kafka;
    }

    /** The savepoint's offsets are those of this topic, which gets the payments that the older Flink has read. */
    private StatementOnKafka paidOnce(String flinkVersion) {
        StatementOnKafka statement = new StatementOnKafka(FLINK, kafka, "payments-of-flink-" + flinkVersion);
        statement.pay(PAYMENTS);
        return statement;
    }

    @Test
    void goesOnByThePlanAndFromTheSavepointOfAnOlderFlink() throws Exception {
        StatementOnKafka statement = paidOnce(OLDER);
        String output = statement.newTopic("totals-of-flink-" + OLDER);
        Path plan = Files.writeString(
                folder.resolve("plan.json"),
                Files.readString(OF_THE_OLDER.resolve("plan.json")).replace(SERVERS, statement.servers()));

        JobID job = statement.startFrom(
                OF_THE_OLDER.resolve("savepoint").toUri().toString(),
                SCRIPT,
                output,
                List.of("--plan", plan.toUri().toString()));
        statement.pay(PAYMENTS);

        // Those of the first half are in the savepoint alone: what is right now has been counted by two Flinks.
        statement.awaitTotals(output, 0);
        statement.stop(job);
    }

    /** The uids contain the version of each operator, and Flink 2.3 has newer ones of the source and the sink. */
    @Test
    void control_doesNotGoOnByAPlanThatThisFlinkHasCompiledAnew() throws Exception {
        StatementOnKafka statement = new StatementOnKafka(FLINK, kafka);

        assertThatThrownBy(() -> statement.startFrom(
                        OF_THE_OLDER.resolve("savepoint").toUri().toString(),
                        SCRIPT,
                        statement.topic("totals"),
                        List.of("--plan", folder.resolve("new.json").toUri().toString())))
                .rootCause()
                .hasMessageContaining("Cannot map checkpoint/savepoint state for operator");
    }

    @Test
    void writesWhatTheNextFlinkIsToGoOnFrom() throws Exception {
        String version = EnvironmentInformation.getVersion().replaceFirst("\\.\\d+$", "");
        Path written = Files.createDirectories(Path.of("target/flink-" + version));
        StatementOnKafka statement = paidOnce(version);
        String output = statement.newTopic("totals-of-flink-" + version);
        Path plan = folder.resolve("plan.json");

        JobID job = statement.startWith(
                SCRIPT, output, List.of("--plan", plan.toUri().toString()));
        statement.awaitTotals(output, 0);
        statement.awaitCaughtUp(output);
        Path savepoint = Path.of(URI.create(statement.stop(job)));

        Files.writeString(written.resolve("plan.json"), Files.readString(plan).replace(statement.servers(), SERVERS));
        Path metadata = Files.createDirectories(written.resolve("savepoint")).resolve("_metadata");
        Files.copy(savepoint.resolve("_metadata"), metadata, StandardCopyOption.REPLACE_EXISTING);
        try (var files = Files.list(savepoint)) {
            assertThat(files).as("all state is in the metadata").hasSize(1);
        }
        assertThat(written.resolve("plan.json"))
                .content()
                .contains("\"flinkVersion\" : \"" + version + "\"")
                .doesNotContain("localhost");
    }
}
