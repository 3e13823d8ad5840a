package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@ExtendWith(KafkaExtension.class)
class MeasuringLatencyJobIT {

    private static final JsonMapper JSON = new JsonMapper();

    @RegisterExtension
    static final FlinkExtension FLINK = new FlinkExtension();

    private final String servers;
    private final String input = Topics.unique("events");

    MeasuringLatencyJobIT(KafkaBroker kafka) {
        servers = kafka.bootstrapServers();
        Topics.create(servers, input, 2);
    }

    private void write(String... values) {
        write(Stream.of(values)
                .map(value -> new ProducerRecord<String, String>(input, value))
                .toList());
    }

    private void write(List<ProducerRecord<String, String>> records) {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", servers), new StringSerializer(), new StringSerializer())) {
            records.forEach(producer::send);
        }
    }

    private void run(String... more) throws Exception {
        List<String> flags = List.of(
                "--bootstrap-servers",
                servers,
                "--input-topic",
                input,
                "--output-topic",
                input + ".stamped",
                "--create-topics",
                "--bounded");
        MeasuringLatencyJob.main(Stream.concat(flags.stream(), Stream.of(more)).toArray(String[]::new));
    }

    private List<JsonNode> results() {
        return TopicReader.readAll(servers, input + ".stamped").stream()
                .map(record -> json(record.value()))
                .sorted(Comparator.comparing(result -> result.get("id").asText()))
                .toList();
    }

    private static JsonNode json(byte[] utf8) {
        try {
            return JSON.readTree(utf8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void stampsEachEventAtEachStageInTheirOrder() throws Exception {
        long due = System.currentTimeMillis() - 60_000; // The sender is a minute late: the events say so.
        write(
                "{\"id\":\"a\",\"sentAt\":%d,\"payload\":\"x\"}".formatted(due),
                "{\"id\":\"b\",\"sentAt\":%d,\"payload\":\"y\"}".formatted(due + 1));

        run();

        List<JsonNode> results = results();
        assertThat(results).extracting(result -> result.get("id").asText()).containsExactly("a", "b");
        assertThat(results).extracting(result -> result.get("payload").asText()).containsExactly("x", "y");
        assertThat(results).extracting(result -> result.get("sentAt").asLong()).containsExactly(due, due + 1);
        assertThat(results).allSatisfy(result -> {
            LongStream stamps = Stream.of(
                            "sentAt", "kafkaTimestamp", "readAt", "operatorIn", "windowOver", "released", "operatorOut")
                    .mapToLong(stamp -> result.get(stamp).asLong());
            assertThat(stamps.boxed().toList()).isSorted();
            assertThat(result.get("kafkaTimestamp").asLong()
                            - result.get("sentAt").asLong())
                    .as("what the sender was late")
                    .isGreaterThanOrEqualTo(59_999);
        });
    }

    /** Two partitions, two subtasks that read: what one of them takes in all is what its events wait for, at least. */
    @Test
    void aKnownDelayInUserCodeIsReportedByItsStageAndTheQueueBehindItByEndToEnd() throws Exception {
        int events = 40;
        int delay = 25;
        long due = System.currentTimeMillis();
        write(IntStream.range(0, events)
                .mapToObj(id -> "{\"id\":\"%d\",\"sentAt\":%d,\"payload\":\"\"}".formatted(id, due))
                .toArray(String[]::new));

        run("--window", "0s", "--processing-time", delay + "ms", "--delivery", "at-least-once");

        StageLatencies latencies = new StageLatencies();
        for (JsonNode result : results()) {
            long out = result.get("operatorOut").asLong();
            latencies.record(LatencyOracle.stamps(result), out);
        }
        assertThat(latencies.of(Stage.PROCESSING).count()).isEqualTo(events);
        assertThat(latencies.of(Stage.PROCESSING).percentile(0)).isGreaterThanOrEqualTo(delay);
        assertThat(latencies.of(Stage.PROCESSING).percentile(50))
                .as("within the precision of a sleeping thread")
                .isBetween((long) delay, 2L * delay);
        assertThat(latencies.of(Stage.WINDOW_WAIT).percentile(100)).isZero();
        // Four subtasks at most share 40 events of 25 ms: the last one waits for 225 ms of others' time.
        assertThat(latencies.of(Stage.END_TO_END).percentile(100)).isGreaterThanOrEqualTo(events / 4 * delay);
    }

    @Test
    void aWindowsWaitAndTheWatermarksLagAreStagesOfTheirOwn() throws Exception {
        long sent = System.currentTimeMillis() - 10_000;
        write(List.of(
                record("a", sent, sent / 1_000 * 1_000 + 250), // Its window was over long before the job began.
                record("b", sent, sent / 1_000 * 1_000 + 750)));

        run("--window", "1s", "--out-of-orderness", "0s");

        assertThat(results()).hasSize(2).allSatisfy(result -> {
            assertThat(result.get("windowOver")).isEqualTo(result.get("operatorIn"));
            assertThat(result.get("released").asLong())
                    .isGreaterThanOrEqualTo(result.get("windowOver").asLong());
        });
    }

    @Test
    void withLogAppendTimeTheTimestampIsTheBrokersAndNotTheProducers() throws Exception {
        Topics.delete(servers, input);
        Topics.create(servers, input, 2, Map.of("message.timestamp.type", "LogAppendTime"));
        long before = System.currentTimeMillis();
        write(List.of(record("a", before, before - 60_000)));

        run("--window", "0s");

        assertThat(results())
                .singleElement()
                .satisfies(result ->
                        assertThat(result.get("kafkaTimestamp").asLong()).isGreaterThanOrEqualTo(before));
    }

    @Test
    void measuresNoneIfToldSo() throws Exception {
        write("{\"id\":\"a\",\"sentAt\":1,\"payload\":\"x\"}");

        run("--measure-one-in", "0");

        assertThat(results()).containsExactly(JSON.readTree("{\"id\":\"a\",\"payload\":\"x\"}"));
    }

    private ProducerRecord<String, String> record(String id, long sentAt, long timestamp) {
        return new ProducerRecord<>(
                input, null, timestamp, null, "{\"id\":\"%s\",\"sentAt\":%d,\"payload\":\"\"}".formatted(id, sentAt));
    }

    @Test
    void sendsWhatIsNoEventToTheDeadLetters() throws Exception {
        write("{\"id\":\"a\"", "{\"id\":\"b\",\"payload\":\"\"}", "{\"id\":\"c\",\"sentAt\":1,\"payload\":\"\"}");

        run();

        assertThat(results()).extracting(result -> result.get("id").asText()).containsExactly("c");
        assertThat(TopicReader.readAll(servers, input + ".dead-letters"))
                .extracting(letter -> new String(
                        letter.headers().lastHeader("dead-letter.reason").value(), StandardCharsets.UTF_8))
                .containsExactlyInAnyOrder("not-an-event", "incomplete");
    }

    @Test
    void answersAWrongFlagInOneLine() {
        assertThatThrownBy(() -> run("--window", "3"))
                .hasMessage("--window: got '3', expected a duration with its unit, such as 24h, 5m or 100ms");
    }
}
