package dev.flinkcookbook.queryevolution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.JarRun;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.SessionCluster;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import dev.flinkcookbook.testbed.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * The versions' jars on a real session cluster, each in a class loader of its own, and topics that no other test has. The input grows
 * by {@link #write}; what the outputs must be, the oracle knows by the input alone.
 */
final class VersionsOnACluster {

    static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String PACKAGE = "dev.flinkcookbook.queryevolution.";

    private final SessionCluster cluster;
    private final String servers;
    private final TransactionsOracle.Output kind;
    private final TransactionGenerator generator = new TransactionGenerator(20_261_122, 1_000_000);
    private final String input = Topics.unique("transactions");
    private final String output = Topics.unique("results");
    private long written;

    VersionsOnACluster(SessionCluster cluster, KafkaBroker kafka, TransactionsOracle.Output kind) {
        this.cluster = cluster;
        this.servers = kafka.bootstrapServers();
        this.kind = kind;
        Topics.create(servers, input, 2);
        Topics.create(servers, output, 2);
        Topics.create(servers, deadLetters(output), 1);
    }

    String servers() {
        return servers;
    }

    String input() {
        return input;
    }

    String output() {
        return output;
    }

    /** Another topic, for a version that is not to write into that of the version before. */
    String anotherOutput() {
        String another = Topics.unique("results");
        Topics.create(servers, another, 2);
        Topics.create(servers, deadLetters(another), 1);
        return another;
    }

    private static String deadLetters(String output) {
        return output + ".dead-letters";
    }

    FlinkRest rest() {
        return cluster.rest();
    }

    static Path jar(int version) {
        return Path.of("target", "query-evolution-v" + version + ".jar");
    }

    /** More transactions; returns when Kafka has them. */
    VersionsOnACluster write(long events) throws Exception {
        Properties client = new Properties();
        client.setProperty("bootstrap.servers", servers);
        written += events;
        generator.produce(client, input, written);
        return this;
    }

    /** Without state, from the offset that the flags say. */
    JobID start(int version, String... flags) {
        return start(version, output, run(output, flags));
    }

    /** With the state of a savepoint or checkpoint. */
    JobID startFrom(String snapshot, int version, String... flags) {
        return start(version, output, run(output, flags).fromSavepoint(snapshot));
    }

    /** How a version is run that writes there. */
    JarRun run(String to, String... flags) {
        Stream<String> group = List.of(flags).contains("--group-id") ? Stream.of() : Stream.of("--group-id", to);
        List<String> all = Stream.concat(
                        Stream.of(
                                "--bootstrap-servers",
                                servers,
                                "--input-topic",
                                input,
                                "--output-topic",
                                to,
                                "--dead-letter-topic",
                                deadLetters(to)),
                        Stream.concat(group, Stream.of(flags)))
                .toList();
        return JarRun.with(all).parallelism(2);
    }

    JobID start(int version, String to, JarRun how) {
        String main = kind == TransactionsOracle.Output.ACTIVITY ? "AccountActivityJob" : "TransactionEnricherJob";
        JobID job = rest().run(jar(version), how.mainClass(PACKAGE + main));
        try {
            rest().awaitRunning(job, PATIENCE);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(e.getMessage() + ": " + rest().failures(job), e);
        }
        return job;
    }

    String stop(JobID job) {
        return rest().stopWithSavepoint(job, false, SavepointFormatType.CANONICAL);
    }

    /** What the oracle says of what has been committed. */
    Verdict verdict() {
        return verdict(output);
    }

    Verdict verdict(String of) {
        TransactionsOracle oracle = new TransactionsOracle(kind);
        TopicReader.readAll(servers, input).forEach(oracle::input);
        results(of).forEach(oracle::output);
        TopicReader.readAll(servers, deadLetters(of)).forEach(oracle::deadLetter);
        return oracle.verdict();
    }

    List<ConsumerRecord<byte[], byte[]>> results(String of) {
        return TopicReader.readAll(servers, of);
    }

    /** Waits until there is a result for each transaction, right or wrong. */
    VersionsOnACluster awaitResults() {
        patiently().untilAsserted(() -> {
            Verdict verdict = verdict();
            assertThat(verdict.delivered()).isGreaterThanOrEqualTo(verdict.expected());
            assertThat(verdict.deadLetters())
                    .isGreaterThanOrEqualTo(((Number) verdict.more().get("garbage")).longValue());
        });
        return this;
    }

    /** Waits until the offsets that the job has committed are the ends of the input. */
    void awaitCommitted() {
        Map<Integer, Long> ends = TopicReader.endOffsets(servers, input);
        patiently().untilAsserted(() -> {
            Map<Integer, Long> offsets = new HashMap<>();
            committed().forEach((partition, offset) -> offsets.put(partition.partition(), offset.offset()));
            assertThat(offsets).isEqualTo(ends);
        });
    }

    Map<TopicPartition, OffsetAndMetadata> committed() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            return admin.listConsumerGroupOffsets(output)
                    .partitionsToOffsetAndMetadata()
                    .get();
        }
    }

    void isExact() {
        patiently().untilAsserted(() -> assertThat(verdict().lost()).isZero());
        Verdict verdict = verdict();
        assertThat(verdict.expected()).isPositive();
        assertThat(verdict.pass()).as(verdict.toString()).isTrue();
    }

    static ConditionFactory patiently() {
        return Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(300));
    }
}
