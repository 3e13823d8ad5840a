package dev.flinkcookbook.queryevolution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.SessionCluster;
import dev.flinkcookbook.testbed.SessionClusterExtension;
import dev.flinkcookbook.testbed.TopicReader;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.JobID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The second way: the job has no state of its own, and version 2 goes on where version 1 has ended. */
@ExtendWith({KafkaExtension.class, SessionClusterExtension.class})
class StatelessChangeIT {

    private static final int EVENTS = 1_500;

    private final VersionsOnACluster versions;

    StatelessChangeIT(SessionCluster cluster, KafkaBroker kafka) {
        this.versions = new VersionsOnACluster(cluster, kafka, TransactionsOracle.Output.ENRICHED);
    }

    @Test
    void byASavepointEachIsThereOnce() throws Exception {
        JobID job = versions.write(EVENTS).start(1);
        versions.awaitResults().write(EVENTS);
        String savepoint = versions.stop(job);
        versions.write(EVENTS);

        versions.startFrom(savepoint, 2);

        versions.isExact();
    }

    /** Those of {@code kafka-consumer-groups --reset-offsets}, taken from where the output of version 1 ends. */
    @Test
    void byExplicitOffsetsEachIsThereOnce() throws Exception {
        JobID job = versions.write(EVENTS).start(1);
        versions.awaitResults();
        versions.stop(job);
        Map<Integer, Long> ends = TopicReader.endOffsets(versions.servers(), versions.input());
        versions.write(EVENTS);
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        ends.forEach((partition, end) ->
                offsets.put(new TopicPartition(versions.input(), partition), new OffsetAndMetadata(end)));
        commit("explicit-" + versions.output(), offsets);

        versions.start(2, "--starting-offsets", "committed", "--group-id", "explicit-" + versions.output());

        versions.isExact();
    }

    /** A source that has nothing to read was seen to commit ten seconds late: whoever relies on it compares first. */
    @Test
    void byCommittedOffsetsEachIsThereOnceAfterACleanStop() throws Exception {
        JobID job = versions.write(EVENTS).start(1);
        versions.awaitResults();
        versions.awaitCommitted();
        versions.stop(job);
        versions.write(EVENTS);

        versions.start(2, "--starting-offsets", "committed");

        versions.isExact();
    }

    /** What was committed to Kafka since the last offsets comes again. */
    @Test
    void byCommittedOffsetsSomeAreThereTwiceAfterACrash() throws Exception {
        JobID job = versions.write(EVENTS).start(1);
        versions.awaitResults();
        versions.awaitCommitted();
        versions.rest().cancel(job);
        Map<TopicPartition, OffsetAndMetadata> before = versions.committed();
        JobID again = versions.write(EVENTS).start(1, "--starting-offsets", "committed");
        versions.awaitResults();
        versions.rest().cancel(again);
        commit(versions.output(), before); // As a crash leaves it, between the output's commit and the offsets'.

        versions.start(2, "--starting-offsets", "committed");

        VersionsOnACluster.patiently()
                .untilAsserted(() -> assertThat(versions.verdict().duplicated()).isGreaterThan(EVENTS * 9 / 10));
        assertThat(versions.verdict().lost()).isZero();
    }

    @Test
    void byATimestampThoseOfTheOverlapAreThereTwice() throws Exception {
        JobID job = versions.write(EVENTS).start(1);
        versions.awaitResults();
        Instant overlap = Instant.now();
        versions.write(EVENTS).awaitResults();
        versions.stop(job);
        versions.write(EVENTS);
        List<ConsumerRecord<byte[], byte[]>> input = TopicReader.readAll(versions.servers(), versions.input());
        long again = input.stream()
                        .filter(record -> record.timestamp() >= overlap.toEpochMilli())
                        .count()
                - EVENTS;
        assertThat(again).isBetween((long) EVENTS, EVENTS + 10L);

        versions.start(2, "--starting-offsets", "timestamp:" + overlap, "--group-id", "by-timestamp");

        VersionsOnACluster.patiently()
                .untilAsserted(() -> assertThat(versions.verdict().duplicated() + duplicatedLetters())
                        .isEqualTo(again));
        assertThat(versions.verdict().lost()).isZero();
    }

    private long duplicatedLetters() {
        return versions.verdict().deadLetters()
                - ((Number) versions.verdict().more().get("garbage")).longValue();
    }

    private void commit(String group, Map<TopicPartition, OffsetAndMetadata> offsets) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", versions.servers()))) {
            admin.alterConsumerGroupOffsets(group, offsets).all().get();
        }
    }
}
