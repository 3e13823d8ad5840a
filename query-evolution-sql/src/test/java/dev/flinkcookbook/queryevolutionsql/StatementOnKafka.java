package dev.flinkcookbook.queryevolutionsql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** The scripts of the folder {@code sql}, run by the job's own main on real Kafka, over payments of which everything is known. */
final class StatementOnKafka {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String GROUP = "statement";

    /** Payment n is of account n modulo so many, and of so much. */
    private static final int ACCOUNTS = 7;

    private static final int AMOUNTS = 150;

    /** The beginning of a minute; older than any payment of {@link #pay}. */
    private static final long FIRST_MINUTE =
            Instant.parse("2026-01-01T10:00:00Z").toEpochMilli();

    private final FlinkExtension flink;
    private final String servers;
    private final String input;
    private int written;

    StatementOnKafka(FlinkExtension flink, KafkaBroker kafka) {
        this(flink, kafka, Topics.unique("payments"));
    }

    /** @param input a topic that is not there yet */
    StatementOnKafka(FlinkExtension flink, KafkaBroker kafka, String input) {
        this.flink = flink;
        this.servers = kafka.bootstrapServers();
        this.input = input;
        flink.set(CoreOptions.DEFAULT_PARALLELISM, 2);
        flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));
        Topics.create(servers, input, 2);
    }

    static ConditionFactory patiently() {
        return Awaitility.await()
                .pollInSameThread()
                .pollInterval(Duration.ofMillis(50))
                .atMost(Duration.ofSeconds(60));
    }

    static int amount(int payment) {
        return payment % AMOUNTS;
    }

    String topic(String name) {
        return newTopic(Topics.unique(name));
    }

    /** With just this name. */
    String newTopic(String topic) {
        Topics.create(servers, topic, 2);
        return topic;
    }

    String servers() {
        return servers;
    }

    /** Writes the next so many payments, and returns when Kafka has them. */
    void pay(int payments) {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", servers), new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < payments; i++, written++) {
                String account = "a-" + written % ACCOUNTS;
                producer.send(new ProducerRecord<>(
                        input,
                        account,
                        "{\"id\":\"p-%d\",\"account\":\"%s\",\"amount\":%d}"
                                .formatted(written, account, amount(written))));
            }
        }
    }

    /** Writes payments of which each is a second later than the one before and which alternate between the partitions. */
    void payOneEachSecond(int payments) {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", servers), new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < payments; i++, written++) {
                producer.send(new ProducerRecord<>(
                        input,
                        written % 2,
                        FIRST_MINUTE + written * 1000L,
                        null,
                        "{\"id\":\"p-%d\",\"account\":\"a-%d\",\"amount\":%d}"
                                .formatted(written, written % ACCOUNTS, amount(written))));
            }
        }
    }

    /** Of each minute and account, {@code 00:05 a-3}: how many payments, and what they come to. */
    Map<String, String> minutes(String output) {
        Map<String, String> minutes = new TreeMap<>();
        TopicReader.readAll(servers, output).forEach(record -> {
            JsonNode minute = json(record.value());
            minutes.put(
                    minute(Instant.parse(minute.get("window_start").asText().replace(' ', 'T'))
                                    .toEpochMilli())
                            + " " + minute.get("account").asText(),
                    minute.get("payments").asText() + " " + minute.get("total").asText());
        });
        return minutes;
    }

    /** What they must be if the payments with these numbers count, and no others. */
    static Map<String, String> minutesOf(int from, int to) {
        Map<String, long[]> sums = new TreeMap<>();
        for (int payment = from; payment < to; payment++) {
            long[] sum = sums.computeIfAbsent(
                    minute(FIRST_MINUTE + payment * 1000L) + " a-" + payment % ACCOUNTS, unused -> new long[2]);
            sum[0]++;
            sum[1] += amount(payment);
        }
        Map<String, String> minutes = new TreeMap<>();
        sums.forEach((minute, sum) -> minutes.put(minute, sum[0] + " " + sum[1]));
        return minutes;
    }

    private static String minute(long epochMillis) {
        return "00:%02d".formatted((epochMillis - FIRST_MINUTE) / 60_000);
    }

    /** Starts a script of the folder; variables as name=value. */
    JobID start(String script, String output, String... variables) throws Exception {
        return startWith(script, output, List.of(), variables);
    }

    /** From a savepoint, or what else Flink's configuration says. */
    JobID startFrom(String savepoint, String script, String output, List<String> flags, String... variables)
            throws Exception {
        flink.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        return startWith(script, output, flags, variables);
    }

    JobID startWith(String script, String output, List<String> flags, String... variables) throws Exception {
        return StatementMain.start(flink, args(script, output, flags, variables));
    }

    /** Of the job's main. */
    List<String> args(String script, String output, List<String> flags, String... variables) {
        List<String> args = new ArrayList<>(List.of(
                "--script", "sql/" + script, "--bootstrap-servers", servers, "--variable", "input-topic=" + input));
        args.addAll(List.of("--variable", "output-topic=" + output, "--variable", "group-id=" + GROUP + output));
        args.addAll(List.of("--variable", "transactional-id-prefix=" + script + output));
        for (String variable : variables) {
            args.addAll(List.of("--variable", variable));
        }
        args.addAll(flags);
        return args;
    }

    String stop(JobID job) throws Exception {
        return flink.client()
                .stopWithSavepoint(job, false, null, SavepointFormatType.CANONICAL)
                .get(60, TimeUnit.SECONDS);
    }

    /** Whether a statement has read all payments, as its group says. */
    void awaitCaughtUp(String output) {
        patiently().until(() -> committed(output).equals(ends()));
    }

    private Map<Integer, Long> committed(String output) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
            Map<TopicPartition, OffsetAndMetadata> offsets = admin.listConsumerGroupOffsets(GROUP + output)
                    .partitionsToOffsetAndMetadata()
                    .get();
            Map<Integer, Long> committed = new TreeMap<>();
            offsets.forEach((partition, offset) -> committed.put(partition.partition(), offset.offset()));
            return committed;
        }
    }

    private Map<Integer, Long> ends() {
        return new TreeMap<>(TopicReader.endOffsets(servers, input));
    }

    /** What the statement's group has committed, as {@code scan.startup.specific-offsets} wants it. */
    String offsets(String output) throws Exception {
        return committed(output).entrySet().stream()
                .map(offset -> "partition:" + offset.getKey() + ",offset:" + offset.getValue())
                .collect(Collectors.joining(";"));
    }

    /** How often each payment is there, by its number. */
    Map<Integer, Integer> payments(String output) {
        Map<Integer, Integer> times = new TreeMap<>();
        TopicReader.readAll(servers, output)
                .forEach(record -> times.merge(
                        Integer.parseInt(json(record.value()).get("id").asText().substring(2)), 1, Integer::sum));
        return times;
    }

    /** The newest of each account: how many payments, and what they come to. */
    Map<String, String> totals(String output) {
        Map<String, String> totals = new TreeMap<>();
        TopicReader.readAll(servers, output).forEach(record -> {
            JsonNode total = json(record.value());
            totals.put(
                    total.get("account").asText(),
                    total.get("payments").asText() + " " + total.get("total").asText());
        });
        return totals;
    }

    /** Waits until the table has what all payments of at least so much come to. */
    void awaitTotals(String output, int atLeast) {
        patiently().untilAsserted(() -> assertThat(totals(output)).isEqualTo(totalsOf(atLeast)));
    }

    /** What they must be if all payments of at least so much count, and no others. */
    Map<String, String> totalsOf(int atLeast) {
        Map<String, long[]> sums = new TreeMap<>();
        for (int payment = 0; payment < written; payment++) {
            if (amount(payment) >= atLeast) {
                long[] sum = sums.computeIfAbsent("a-" + payment % ACCOUNTS, unused -> new long[2]);
                sum[0]++;
                sum[1] += amount(payment);
            }
        }
        Map<String, String> totals = new TreeMap<>();
        sums.forEach((account, sum) -> totals.put(account, sum[0] + " " + sum[1]));
        return totals;
    }

    /** When the payment with this number was written, in ms since 1970. */
    long writtenAt(int payment) {
        return TopicReader.readAll(servers, input).stream()
                .filter(record -> json(record.value()).get("id").asText().equals("p-" + payment))
                .findFirst()
                .orElseThrow()
                .timestamp();
    }

    /** The payments written at this time or later, of the first so many. */
    long writtenSince(long timestamp, int before) {
        return TopicReader.readAll(servers, input).stream()
                .filter(record -> record.timestamp() >= timestamp)
                .mapToInt(record ->
                        Integer.parseInt(json(record.value()).get("id").asText().substring(2)))
                .filter(payment -> payment < before && amount(payment) >= 100)
                .count();
    }

    private static JsonNode json(byte[] utf8) {
        try {
            return JSON.readTree(new String(utf8, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
