package dev.flinkcookbook.operations;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.operations.UpgradeOnACluster.Said;
import dev.flinkcookbook.operations.UpgradeOnACluster.Traffic;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.JarRun;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.SessionCluster;
import dev.flinkcookbook.testbed.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.apache.flink.api.common.JobID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The recipes, upgraded under load from their jar to their jar, with a trial and to a higher parallelism. */
@ExtendWith(KafkaExtension.class)
class RecipesUpgradeIT {
    private static final Duration PATIENT = Duration.ofSeconds(60);
    private static final JsonMapper JSON = new JsonMapper();
    private static final int ACCOUNTS = 10;

    private static SessionCluster cluster;

    private final UpgradeOnACluster on;
    private final String input = Topics.unique("input");
    private final String output = Topics.unique("output");
    private final String trial = Topics.unique("trial");
    private Traffic traffic;

    RecipesUpgradeIT(KafkaBroker kafka) {
        on = new UpgradeOnACluster(cluster, kafka);
    }

    @BeforeAll
    static void start() {
        cluster = SessionCluster.builder().start();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @AfterEach
    void cancelAll() {
        traffic.stop();
        rest().jobs().stream()
                .filter(job -> !job.status().isGloballyTerminalState())
                .forEach(job -> rest().cancel(job.id()));
    }

    private static FlinkRest rest() {
        return cluster.rest();
    }

    private List<String> flags(String... more) {
        List<String> flags =
                new ArrayList<>(List.of("--bootstrap-servers", on.kafka().bootstrapServers()));
        flags.addAll(List.of("--input-topic", input, "--output-topic", output, "--create-topics"));
        flags.addAll(List.of(more));
        return flags;
    }

    /** Runs the recipe, upgrades it in the middle of its input, and returns how much input there was. */
    private long upgradeUnderLoad(String recipe, LongFunction<String> record, String... more) {
        Path jar = Path.of("../" + recipe + "/target/" + recipe + "-job.jar");
        assertThat(jar).as("made by ./mvnw package").exists();
        Topics.create(on.kafka().bootstrapServers(), input, 2);
        JobID v1 = rest().run(jar, JarRun.with(flags(more)).parallelism(1));
        rest().awaitRunning(v1, PATIENT);
        traffic = on.traffic(input, 300, record);
        rest().awaitCheckpoint(v1, PATIENT);

        Said said = on.upgrade(
                recipe,
                jar,
                List.of(
                        "--strategy",
                        "savepoint",
                        "--watch",
                        "3s",
                        "--parallelism",
                        "2",
                        "--rollback-jar",
                        jar.toString(),
                        "--trial-flags",
                        "--output-topic %1$s --dead-letter-topic %1$s-dead --group-id %1$s --transactional-id-prefix %1$s"
                                .formatted(trial)),
                flags(more));

        assertThat(said.exitCode()).as(said.errors()).isZero();
        assertThat(said.out()).contains("check=trial ok: ");
        assertThat(rest().failures(v1)).isEmpty();
        assertThat(Topics.exists(on.kafka().bootstrapServers(), trial)).isTrue();
        return traffic.stop();
    }

    private List<JsonNode> documents(int atLeast) {
        return on.values(output, atLeast).stream()
                .map(value -> {
                    try {
                        return JSON.readTree(value);
                    } catch (JsonProcessingException e) {
                        throw new IllegalArgumentException(value, e);
                    }
                })
                .toList();
    }

    @Test
    void exactlyOnceBooksEachTransferOnce() {
        long transfers = upgradeUnderLoad(
                "exactly-once",
                number ->
                        "{\"transferId\":\"t-%d\",\"from\":\"a-%d\",\"to\":\"a-%d\",\"amount\":\"1.00\",\"at\":\"%s\"}"
                                .formatted(number, number % ACCOUNTS, (number + 1) % ACCOUNTS, Instant.now()));

        Map<String, List<Long>> sequences = new TreeMap<>();
        List<String> booked = new ArrayList<>();
        for (JsonNode entry : documents((int) (2 * transfers))) {
            String account = entry.path("account").asText();
            booked.add(entry.path("transferId").asText() + " " + account);
            sequences
                    .computeIfAbsent(account, unused -> new ArrayList<>())
                    .add(entry.path("sequence").asLong());
        }
        List<String> expected = new ArrayList<>();
        for (long number = 0; number < transfers; number++) {
            expected.add("t-" + number + " a-" + number % ACCOUNTS);
            expected.add("t-" + number + " a-" + (number + 1) % ACCOUNTS);
        }
        assertThat(booked).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(sequences)
                .hasSize(ACCOUNTS)
                .allSatisfy((account, sequence) -> assertThat(sequence)
                        .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, sequence.size())
                                .boxed()
                                .toList()));
    }

    @Test
    void deduplicationStillKnowsWhatItHasSeen() {
        // All payments have come within five seconds, so what the new version reads are repeats of what the old one has
        // seen.
        long records = upgradeUnderLoad(
                "deduplication",
                number -> "{\"paymentId\":\"p-%d\"}".formatted(payment(number)),
                "--id-field",
                "/paymentId");

        List<String> expected = LongStream.range(0, records)
                .map(RecipesUpgradeIT::payment)
                .distinct()
                .mapToObj(payment -> "p-" + payment)
                .toList();
        assertThat(records).isGreaterThan(2 * 1500);
        assertThat(documents(expected.size()).stream()
                        .map(document -> document.path("paymentId").asText()))
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    private static long payment(long number) {
        return number % 1500;
    }
}
