package dev.flinkcookbook.queryevolution;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.SessionCluster;
import dev.flinkcookbook.testbed.SessionClusterExtension;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Verdict;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The fifth and the sixth way: version 3, which can read no state of version 2, computes it anew from the whole history, beside
 * version 2 or in its place.
 */
@ExtendWith({KafkaExtension.class, SessionClusterExtension.class})
class SideBySideIT {

    private static final int EVENTS = 1_500;
    private static final JsonMapper JSON = new JsonMapper();

    private final VersionsOnACluster versions;

    SideBySideIT(SessionCluster cluster, KafkaBroker kafka) {
        this.versions = new VersionsOnACluster(cluster, kafka, TransactionsOracle.Output.ACTIVITY);
    }

    /**
     * Consumers read of each partition of the old topic what was there at the cut, and of the new one what has come after: both
     * versions write one result for each transaction, in the order of the input's partition.
     */
    @Test
    void consumersThatChangeOverAtOnePositionSeeEachResultOnce() throws Exception {
        JobID blue = versions.write(EVENTS).start(2);
        versions.awaitResults();
        String green = versions.anotherOutput();
        versions.start(3, green, versions.run(green));
        versions.write(EVENTS);
        awaitCaughtUp(green);

        long cut = EVENTS * 3L / 2;
        versions.write(EVENTS).awaitResults();
        awaitCaughtUp(green);
        versions.stop(blue);
        versions.write(EVENTS);
        awaitCaughtUp(green);

        TransactionsOracle oracle = new TransactionsOracle(TransactionsOracle.Output.ACTIVITY);
        TopicReader.readAll(versions.servers(), versions.input()).forEach(oracle::input);
        TopicReader.readAll(versions.servers(), green + ".dead-letters").forEach(oracle::deadLetter);
        Stream.concat(
                        versions.results(versions.output()).stream().filter(result -> number(result) <= cut),
                        versions.results(green).stream().filter(result -> number(result) > cut))
                .forEach(oracle::output);
        assertThat(oracle.verdict().pass()).as(oracle.verdict().toString()).isTrue();
    }

    /** The control: who changes over at the moment at which it seems best has results twice. */
    @Test
    void consumersThatChangeOverWithoutAPositionSeeSomeTwice() throws Exception {
        versions.write(EVENTS).start(2);
        versions.awaitResults();
        String green = versions.anotherOutput();
        versions.start(3, green, versions.run(green));
        awaitCaughtUp(green);

        TransactionsOracle oracle = new TransactionsOracle(TransactionsOracle.Output.ACTIVITY);
        TopicReader.readAll(versions.servers(), versions.input()).forEach(oracle::input);
        versions.results(versions.output()).forEach(oracle::output);
        versions.results(green).forEach(oracle::output);
        assertThat(oracle.verdict().duplicated()).isEqualTo(oracle.verdict().expected());
    }

    /** Until consumers have changed over, the way back is to cancel version 3: version 2 never stood still. */
    @Test
    void theWayBackIsToCancelTheNewOne() throws Exception {
        versions.write(EVENTS).start(2);
        String green = versions.anotherOutput();
        JobID job = versions.start(3, green, versions.run(green));
        awaitCaughtUp(green);
        versions.rest().cancel(job);

        versions.write(EVENTS).isExact();
    }

    /** In place: the same topic, read by its key. In between a consumer sees an account go back in time. */
    @Test
    void consumersOfTheSameTopicConvergeByItsKey() throws Exception {
        JobID job = versions.write(EVENTS).start(2);
        versions.awaitResults();
        versions.stop(job);
        Map<String, Long> before = newest(versions.results(versions.output()));
        int written = versions.results(versions.output()).size();
        versions.write(EVENTS);

        versions.start(
                3,
                versions.output(),
                versions.run(
                        versions.output(),
                        "--group-id",
                        "anew",
                        "--transactional-id-prefix",
                        versions.output() + "-v3"));
        VersionsOnACluster.patiently().untilAsserted(() -> {
            Verdict verdict = versions.verdict();
            assertThat(verdict.delivered()).isEqualTo(verdict.expected() + written);
        });

        List<ConsumerRecord<byte[], byte[]>> all = versions.results(versions.output());
        assertThat(newest(all)).isEqualTo(last(TopicReader.readAll(versions.servers(), versions.input())));
        Map<String, Long> seen = new HashMap<>(before);
        long backwards = all.stream()
                .filter(result -> {
                    Long old = seen.put(account(result), count(result));
                    return old != null && old > count(result);
                })
                .count();
        assertThat(backwards).as("each account goes back once").isGreaterThanOrEqualTo(before.size() / 2);
    }

    private void awaitCaughtUp(String green) {
        VersionsOnACluster.patiently()
                .untilAsserted(() -> assertThat(versions.verdict(green).lost()).isZero());
    }

    private static Map<String, Long> newest(List<ConsumerRecord<byte[], byte[]>> results) {
        Map<String, Long> counts = new HashMap<>();
        results.forEach(result -> counts.put(account(result), count(result)));
        return counts;
    }

    /** How many transactions each account has, by the input. */
    private static Map<String, Long> last(List<ConsumerRecord<byte[], byte[]>> input) {
        TransactionsOracle oracle = new TransactionsOracle(TransactionsOracle.Output.ACTIVITY);
        input.forEach(oracle::input);
        return oracle.counts();
    }

    private static String account(ConsumerRecord<byte[], byte[]> result) {
        return text(result, "account");
    }

    private static long count(ConsumerRecord<byte[], byte[]> result) {
        return Long.parseLong(text(result, "count"));
    }

    /** Transactions are numbered as they are written. */
    private static long number(ConsumerRecord<byte[], byte[]> result) {
        return Long.parseLong(text(result, "transaction").substring("t-".length()));
    }

    private static String text(ConsumerRecord<byte[], byte[]> result, String field) {
        try {
            return JSON.readTree(result.value()).get(field).asText();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
