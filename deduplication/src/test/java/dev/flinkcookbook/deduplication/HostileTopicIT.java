package dev.flinkcookbook.deduplication;

import static dev.flinkcookbook.deduplication.Payments.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.TopicReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ten thousand inputs made to break the job: each of them comes out exactly once, somewhere, and the job runs on. */
@ExtendWith(KafkaExtension.class)
class HostileTopicIT {

    /** It allows no restart: a job that fails once has failed. */
    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private static final int INPUTS = 10_000;
    private static final int LARGE_INPUTS = 20;
    private static final int LARGE = 900_000;
    private static final int PARTITIONS = 2;
    private static final int IDS = 1_000;

    private final Random random = new Random(42);
    private final JobOnKafka job;

    HostileTopicIT(KafkaBroker kafka) {
        job = JobOnKafka.withTopics(kafka, flink, PARTITIONS);
    }

    /** @param id the payment that it is, or null if it can only be a dead letter */
    private record Input(String place, String id, byte[] value) {}

    @Test
    void comesOutWhole() throws Exception {
        List<Input> inputs = new ArrayList<>();
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < INPUTS; i++) {
            boolean large = i % (INPUTS / LARGE_INPUTS) == 7;
            String id = "p-" + random.nextInt(IDS);
            int kind = large ? i / (INPUTS / LARGE_INPUTS) : random.nextInt(12);
            Input input =
                    input(i % PARTITIONS + "@" + i / PARTITIONS, kind, id, large ? LARGE : 1 + random.nextInt(1_500));
            inputs.add(input);
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(job.input(), i % PARTITIONS, Payments.millis("10:00:00"), null, input.value());
            record.headers().add("place", utf8(input.place()));
            records.add(record);
        }

        job.write(records).runToTheEnd();

        List<ConsumerRecord<byte[], byte[]>> events = TopicReader.readAll(job.servers(), job.output());
        List<ConsumerRecord<byte[], byte[]>> duplicates = TopicReader.readAll(job.servers(), job.duplicates());
        List<ConsumerRecord<byte[], byte[]>> letters = job.letters();
        TreeMap<String, Input> byPlace = new TreeMap<>();
        inputs.forEach(input -> byPlace.put(input.place(), input));

        List<String> places = new ArrayList<>();
        for (List<ConsumerRecord<byte[], byte[]>> topic : List.of(events, duplicates, letters)) {
            for (ConsumerRecord<byte[], byte[]> record : topic) {
                String place = text(record.headers().lastHeader("place").value());
                places.add(place);
                assertThat(record.value())
                        .as(place)
                        .isEqualTo(byPlace.get(place).value());
            }
        }
        assertThat(places)
                .as("input = output + duplicates + dead letters")
                .containsExactlyInAnyOrderElementsOf(byPlace.keySet());
        assertThat(letters)
                .extracting(
                        letter -> JobOnKafka.header(letter, "partition") + "@" + JobOnKafka.header(letter, "offset"))
                .containsExactlyInAnyOrderElementsOf(inputs.stream()
                        .filter(input -> input.id() == null)
                        .map(Input::place)
                        .toList());
        assertThat(events)
                .extracting(event -> byPlace.get(
                                text(event.headers().lastHeader("place").value()))
                        .id())
                .containsExactlyInAnyOrderElementsOf(inputs.stream()
                        .map(Input::id)
                        .filter(id -> id != null)
                        .distinct()
                        .toList());
    }

    private Input input(String place, int kind, String id, int size) {
        return switch (kind) {
            case 0, 12 -> dead(place, randomBytes(size));
            case 1, 13 -> dead(place, utf8("{\"paymentId\":\"" + id + "\",\"note\":\"" + "x".repeat(size)));
            case 2, 14 -> dead(place, utf8("[".repeat(size)));
            case 3, 15 -> dead(place, utf8("{\"a\":".repeat(1_001) + "1" + "}".repeat(1_001)));
            case 4, 16 -> dead(place, utf8("{\"paymentId\":" + "9".repeat(1_001 + size) + "}"));
            case 5, 17 ->
                dead(
                        place,
                        utf8("{\"paymentId\":\"" + id + "\",\"note\":\"" + "x".repeat(size)
                                + "\",\"paymentId\":\"other\"}"));
            case 6, 18 -> dead(place, utf8("{\"paymentId\":\"" + id + "\"}" + "}".repeat(size)));
            case 7 ->
                dead(
                        place,
                        utf8(List.of(
                                        "null",
                                        "1",
                                        "\"" + id + "\"",
                                        "[]",
                                        "{}",
                                        " ",
                                        "{\"paymentId\":null}",
                                        "{\"paymentId\":{}}",
                                        "{\"paymentId\":\"\\ud800\"}",
                                        "{\"paymentId\":1e999999999999}")
                                .get(random.nextInt(10))));
            case 8 -> dead(place, random.nextBoolean() ? null : new byte[0]);
            case 9 ->
                alive(
                        place,
                        id,
                        "{\"paymentId\":\"%s\",\"amount\":%s1e%d}"
                                .formatted(id, "9".repeat(500), random.nextInt(1_000_000)));
            case 10 ->
                alive(place, id, "{\"n\":" + "[".repeat(900) + "]".repeat(900) + ",\"paymentId\":\"" + id + "\"}");
            default -> alive(place, id, "{\"note\":\"" + "x".repeat(size) + "\",\"paymentId\":\"" + id + "\"}");
        };
    }

    private static Input dead(String place, byte[] value) {
        return new Input(place, null, value);
    }

    private static Input alive(String place, String id, String value) {
        return new Input(place, id, utf8(value));
    }

    /** Half of them with the beginning of a payment; none of them JSON, since they end in a control character. */
    private byte[] randomBytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        bytes[size - 1] = 1;
        byte[] beginning = utf8("{\"paymentId\":\"p-1\"");
        if (random.nextBoolean() && size > beginning.length) {
            System.arraycopy(beginning, 0, bytes, 0, beginning.length);
        }
        return bytes;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
