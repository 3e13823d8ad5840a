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
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", servers), new StringSerializer(), new StringSerializer())) {
            Stream.of(values).forEach(value -> producer.send(new ProducerRecord<>(input, value)));
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
            LongStream stamps = Stream.of("sentAt", "kafkaTimestamp", "readAt", "operatorIn", "operatorOut")
                    .mapToLong(stamp -> result.get(stamp).asLong());
            assertThat(stamps.boxed().toList()).isSorted();
            assertThat(result.get("kafkaTimestamp").asLong()
                            - result.get("sentAt").asLong())
                    .as("what the sender was late")
                    .isGreaterThanOrEqualTo(59_999);
        });
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
