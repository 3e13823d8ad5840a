package dev.flinkcookbook.operations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.operations.UpgradeOnACluster.Said;
import dev.flinkcookbook.operations.UpgradeOnACluster.Traffic;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.JarRun;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.SessionCluster;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Two versions side by side on a real session cluster, while words arrive, and consumers that change over in between. */
@ExtendWith(KafkaExtension.class)
class BlueGreenUpgradeIT {
    private static final Duration PATIENT = Duration.ofSeconds(60);
    private static final Path RECIPE_JAR = Path.of("../exactly-once/target/exactly-once-job.jar");

    private static SessionCluster cluster;
    private static Path jar;

    private final UpgradeOnACluster on;
    private String input;
    private String blue;
    private String green;
    private JobID v1;
    private Traffic traffic;

    BlueGreenUpgradeIT(KafkaBroker kafka) {
        on = new UpgradeOnACluster(cluster, kafka);
    }

    @BeforeAll
    static void start(@TempDir Path folder) {
        assertThat(RECIPE_JAR).as("made by ./mvnw package").exists();
        cluster = SessionCluster.builder().start();
        jar = CountingJob.jar(folder, RECIPE_JAR);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void createTopics() {
        input = Topics.unique("words");
        blue = Topics.unique("blue");
        green = Topics.unique("green");
        Stream.of(input, blue, green).forEach(topic -> Topics.create(on.kafka().bootstrapServers(), topic, 1));
    }

    private void runVersionOne(String... more) {
        v1 = rest().run(jar, JarRun.with(flags(blue, more)).parallelism(1));
        rest().awaitRunning(v1, PATIENT);
        traffic = on.traffic(input, 200, CountingJob::word);
        rest().awaitCheckpoint(v1, PATIENT);
    }

    private void runVersionOneInEventTime() {
        runVersionOne();
        Awaitility.await()
                .atMost(PATIENT)
                .until(() -> rest().lowestWatermark(v1).isPresent());
    }

    @AfterEach
    void cancelAll() {
        traffic.stop();
        rest().jobs().stream()
                .filter(job -> !job.status().isGloballyTerminalState())
                .forEach(job -> rest().cancel(job.id()));
        Awaitility.await()
                .atMost(PATIENT)
                .untilAsserted(() -> assertThat(rest().overview().freeSlots()).isEqualTo(4));
    }

    private static FlinkRest rest() {
        return cluster.rest();
    }

    private List<String> flags(String output, String... more) {
        List<String> flags =
                new ArrayList<>(List.of("--bootstrap-servers", on.kafka().bootstrapServers()));
        flags.addAll(List.of("--input-topic", input, "--output-topic", output, "--group-id", output));
        flags.addAll(List.of(more));
        return flags;
    }

    private Said upgrade(Instant cut, String... ofTheNewVersion) {
        return on.upgrade(
                "counting",
                jar,
                List.of("--strategy", "blue-green", "--watch", "2s", "--cut-over-at", cut.toString()),
                flags(green, ofTheNewVersion));
    }

    /** What a consumer reads who changes over at the cut: the job stamps its output with event time. */
    private List<String> consumed(String topic, long from, long to) {
        return TopicReader.readAll(on.kafka().bootstrapServers(), topic).stream()
                .filter(record -> record.timestamp() >= from && record.timestamp() < to)
                .map(record -> new String(record.value(), StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void consumersWhoChangeOverAtTheCutSeeAllOnce() {
        runVersionOneInEventTime();
        Instant cut = Instant.now().plusSeconds(10);

        Said said = upgrade(cut);

        assertThat(said.exitCode()).as(said.errors()).isZero();
        assertThat(said.last())
                .startsWith("upgrade=done job=counting savepoint=file:")
                .endsWith(" cut_over_at=" + cut);
        assertThat(rest().status(v1)).isEqualTo(JobStatus.FINISHED);
        List<String> expected = CountingJob.expected(traffic.stop());
        assertThat(on.values(green, expected.size())).containsExactlyInAnyOrderElementsOf(expected);
        List<String> consumed = new ArrayList<>(consumed(blue, 0, cut.toEpochMilli()));
        assertThat(consumed).isNotEmpty().hasSizeLessThan(expected.size());
        consumed.addAll(consumed(green, cut.toEpochMilli(), Long.MAX_VALUE));
        assertThat(consumed).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void aNewVersionThatFailsIsCancelledAndTheOldOneNeverNotices() {
        runVersionOneInEventTime();

        Said said = upgrade(Instant.now(), "--fail", "after-checkpoint");

        assertThat(said.exitCode()).as(said.errors()).isEqualTo(1);
        assertThat(said.last()).startsWith("upgrade=rolled-back job=counting new_job=");
        assertThat(said.errors()).contains("a bug that comes late");
        assertThat(rest().status(v1)).isEqualTo(JobStatus.RUNNING);
        assertThat(rest().failures(v1)).isEmpty();
        on.assertNothingLostNorRepeated(blue, CountingJob.expected(traffic.stop()));
    }

    @Test
    void aCutThatIsNotReachedInTimeEndsTheNewVersion() {
        runVersionOneInEventTime();
        Instant inAnHour = Instant.now().plusSeconds(3600);

        Said said = on.upgrade(
                "counting",
                jar,
                List.of(
                        "--strategy",
                        "blue-green",
                        "--watch",
                        "2s",
                        "--cut-over-at",
                        inAnHour.toString(),
                        "--catch-up-timeout",
                        "3s"),
                flags(green));

        assertThat(said.exitCode()).as(said.errors()).isEqualTo(1);
        assertThat(said.errors()).contains("the old version has not passed the cut: it is at 20");
        assertThat(rest().status(v1)).isEqualTo(JobStatus.RUNNING);
    }

    @Test
    void aJobWithoutWatermarksIsRefused() {
        runVersionOne("--no-watermarks", "true");

        Said said = upgrade(Instant.now());

        assertThat(said.exitCode()).isEqualTo(2);
        assertThat(said.out()).contains("check=event-time refused: the running job has no watermarks");
        assertThat(rest().status(v1)).isEqualTo(JobStatus.RUNNING);
    }
}
