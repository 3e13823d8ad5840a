package dev.flinkcookbook.queryevolution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A job's own main against a real Kafka, with topics that no other test has. */
public final class JobOnKafka {

    /** A version's main. */
    public interface Main {
        void run(String[] args) throws Exception;
    }

    private final String servers;
    private final String input = Topics.unique("transactions");
    private final String output = Topics.unique("results");

    /** Names only: {@link #runToTheEnd} creates the topics. */
    public JobOnKafka(KafkaBroker kafka) {
        this.servers = kafka.bootstrapServers();
    }

    public String servers() {
        return servers;
    }

    public String input() {
        return input;
    }

    public String output() {
        return output;
    }

    private String deadLetters() {
        return input + ".dead-letters";
    }

    /** The flags without which a job would find other topics. */
    public String[] flags(String... more) {
        return Stream.concat(
                        Stream.of(
                                "--bootstrap-servers",
                                servers,
                                "--input-topic",
                                input,
                                "--output-topic",
                                output,
                                "--group-id",
                                input,
                                "--create-topics"),
                        Stream.of(more))
                .toArray(String[]::new);
    }

    /** {@code a t-1 5}: an account, an id, an amount. All at ten o'clock, and an account's in one partition. */
    public JobOnKafka write(String... transactions) {
        return writeJson(Stream.of(transactions)
                .map(transaction -> {
                    String[] parts = transaction.split(" ");
                    return Map.entry(
                            parts[0],
                            "{\"id\":\"%s\",\"account\":\"%s\",\"amount\":%s,\"at\":\"2026-01-01T10:00:00Z\"}"
                                    .formatted(parts[1], parts[0], parts[2]));
                })
                .toList());
    }

    /** Values by their key, which need not be JSON. */
    public JobOnKafka writeJson(List<Map.Entry<String, String>> records) {
        if (!Topics.exists(servers, input)) {
            Topics.create(servers, input, 2);
        }
        try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", (Object) servers), new ByteArraySerializer(), new ByteArraySerializer())) {
            records.forEach(record ->
                    producer.send(new ProducerRecord<>(input, utf8(record.getKey()), utf8(record.getValue()))));
            producer.flush();
        }
        return this;
    }

    /** Generated ones. */
    public JobOnKafka generate(long seed, long events) throws Exception {
        if (!Topics.exists(servers, input)) {
            Topics.create(servers, input, 2);
        }
        Properties client = new Properties();
        client.setProperty("bootstrap.servers", servers);
        // The topic is new: if the broker refuses the first batch because it has not heard of it and takes the second
        // one, then the
        // first one is out of order for ever.
        client.setProperty("max.in.flight.requests.per.connection", "1");
        new TransactionGenerator(seed, 1_000_000).produce(client, input, events);
        return this;
    }

    /** Everything that is in the input now. */
    public JobOnKafka runToTheEnd(Main main, String... flags) throws Exception {
        main.run(flags(Stream.concat(Stream.of("--bounded"), Stream.of(flags)).toArray(String[]::new)));
        return this;
    }

    /** What consumers that respect transactions see of the output. */
    public List<String> results() {
        return TopicReader.readAll(servers, output).stream()
                .map(record -> new String(record.value(), StandardCharsets.UTF_8))
                .toList();
    }

    public List<ConsumerRecord<byte[], byte[]>> letters() {
        return TopicReader.readAll(servers, deadLetters());
    }

    /** What the oracle says of all three topics. */
    public void isExact(TransactionsOracle oracle) {
        TopicReader.readAll(servers, input).forEach(oracle::input);
        TopicReader.readAll(servers, output).forEach(oracle::output);
        letters().forEach(oracle::deadLetter);
        assertThat(oracle.verdict().expected()).isPositive();
        assertThat(oracle.verdict().pass()).as(oracle.verdict().toString()).isTrue();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
