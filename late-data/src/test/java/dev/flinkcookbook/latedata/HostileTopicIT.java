package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ten thousand inputs made to break the jobs: each is counted once or comes out as it was, and the jobs run on. */
@ExtendWith(KafkaExtension.class)
class HostileTopicIT {

    /** It allows no restart: a job that fails once has failed. */
    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension(CollectedMetrics.options());

    private static final int INPUTS = 10_000;
    private static final int LARGE_INPUTS = 20;
    private static final int LARGE = 900_000;
    private static final int PARTITIONS = 2;
    private static final long HOUR = 3_600_000;
    private static final long START = Readings.millis("10:00:00");

    private final Random random = new Random(42);
    private final JobsOnKafka jobs;

    HostileTopicIT(KafkaBroker kafka) {
        jobs = JobsOnKafka.withTopics(kafka, flink, PARTITIONS);
    }

    /** @param celsius null if it can only be a dead letter */
    private record Input(String place, byte[] value, BigDecimal celsius) {}

    @Test
    void isCountedOrComesOutWhole() throws Exception {
        Map<String, Input> inputs = new TreeMap<>();
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < INPUTS; i++) {
            int large = i % (INPUTS / LARGE_INPUTS) == 7 ? LARGE : 0;
            String place = i % PARTITIONS + "@" + i / PARTITIONS;
            Input input = input(place, START + i * HOUR / INPUTS, large);
            inputs.put(place, input);
            ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                    jobs.input(), i % PARTITIONS, START + i * HOUR / INPUTS, bytes(3), input.value());
            record.headers().add("place", utf8(place));
            records.add(record);
        }
        jobs.write(records.subList(0, INPUTS / 2));
        String[] strict = {"--out-of-orderness", "0ms", "--allowed-lateness", "1m", "--idle-after", "10m"};
        JobsOnKafka.Running running = jobs.start(strict).hasReadAll();
        jobs.write(records.subList(INPUTS / 2, INPUTS));
        running.hasReadAll().drain();

        List<ConsumerRecord<byte[], byte[]>> late = jobs.read(jobs.late());
        List<ConsumerRecord<byte[], byte[]>> letters = jobs.read(jobs.deadLetters()).stream()
                .filter(letter -> letter.headers().lastHeader("place") != null) // not the ends of what was written
                .toList();
        assertThat(letters.stream().map(HostileTopicIT::place))
                .containsExactlyInAnyOrderElementsOf(inputs.values().stream()
                        .filter(input -> input.celsius() == null)
                        .map(Input::place)
                        .toList());
        assertThat(late).isNotEmpty();
        for (List<ConsumerRecord<byte[], byte[]>> topic : List.of(late, letters)) {
            for (ConsumerRecord<byte[], byte[]> record : topic) {
                assertThat(record.value())
                        .as(place(record))
                        .isEqualTo(inputs.get(place(record)).value());
                assertThat(record.key()).hasSize(3);
            }
        }
        List<BigDecimal> readings = inputs.values().stream()
                .map(Input::celsius)
                .filter(celsius -> celsius != null)
                .toList();
        isCounted(
                readings.size() - late.size(),
                sum(readings)
                        .subtract(sum(late.stream()
                                .map(record -> inputs.get(place(record)).celsius())
                                .toList())));
        jobs.correctToTheEnd();
        isCounted(readings.size(), sum(readings));
        assertThat(jobs.countIn(jobs.deadLettersOfTheCorrection())).isZero();
    }

    private void isCounted(long count, BigDecimal sum) throws Exception {
        Map<String, WindowResult> newest = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : jobs.read(jobs.results())) {
            newest.put(JobsOnKafka.text(record.key()), WindowResultJson.read(record.value()));
        }
        assertThat(newest.values().stream()
                        .mapToLong(result -> result.totals().count())
                        .sum())
                .isEqualTo(count);
        assertThat(sum(newest.values().stream()
                        .map(result -> result.totals().sum())
                        .toList()))
                .isEqualByComparingTo(sum);
    }

    private static BigDecimal sum(List<BigDecimal> numbers) {
        return numbers.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static String place(ConsumerRecord<byte[], byte[]> record) {
        return new String(record.headers().lastHeader("place").value(), StandardCharsets.UTF_8);
    }

    private Input input(String place, long now, int large) {
        String padding = "x".repeat(Math.max(large, 1 + random.nextInt(1_000)));
        String sensor = List.of("s-1", "ü 🐿", "\\\"", "x".repeat(200), "\\u0000", "null", "s-" + random.nextInt(50))
                .get(random.nextInt(7));
        Instant at = Instant.ofEpochMilli(now - (random.nextInt(4) == 0 ? random.nextLong(2 * HOUR) : 0));
        return switch (random.nextInt(12)) {
            case 0 -> dead(place, bytes(padding.length()));
            case 1 -> dead(place, json(sensor, at, "1", padding).substring(0, 60));
            case 2 -> dead(place, "[".repeat(padding.length()));
            case 3 -> dead(place, json(sensor, at, "9".repeat(1_001), padding));
            case 4 -> dead(place, json(sensor, at, "1", "\",\"celsius\":1,\"x\":\"" + padding));
            case 5 -> dead(place, json(sensor, at, "1e99999999999", padding));
            case 6 -> dead(place, json(sensor, at.plusSeconds(86_400), "1", padding));
            case 7 -> dead(place, json("x".repeat(201), at, "1", padding));
            case 8 -> dead(place, random.nextBoolean() ? (byte[]) null : new byte[0]);
            default -> {
                String celsius = List.of("0", "-0.000000001", "999999999.999999999", "2e1", "21.40")
                        .get(random.nextInt(5));
                yield new Input(place, utf8(json(sensor, at, celsius, padding)), new BigDecimal(celsius));
            }
        };
    }

    private static String json(String sensor, Instant at, String celsius, String padding) {
        return "{\"sensor\":\"%s\",\"at\":\"%s\",\"celsius\":%s,\"note\":\"%s\"}"
                .formatted(sensor, at, celsius, padding);
    }

    private static Input dead(String place, String value) {
        return dead(place, utf8(value));
    }

    private static Input dead(String place, byte[] value) {
        return new Input(place, value, null);
    }

    /** None of them JSON, since they end in a control character. */
    private byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        bytes[size - 1] = 1;
        return bytes;
    }
}
