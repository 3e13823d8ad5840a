package dev.flinkcookbook.testbed;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

/** The vocabulary of these tests: values written to a topic, and read from it. */
final class Written {
    private Written() {}

    static KafkaProducer<String, String> producer(KafkaBroker kafka) {
        return new KafkaProducer<>(settings(kafka), new StringSerializer(), new StringSerializer());
    }

    static KafkaProducer<String, String> transactional(KafkaBroker kafka, String id) {
        Map<String, Object> settings = new HashMap<>(settings(kafka));
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, id);
        KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
        producer.initTransactions();
        return producer;
    }

    private static Map<String, Object> settings(KafkaBroker kafka) {
        return Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrapServers(),
                ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                200L);
    }

    static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    /** Writes the values to the partition and returns when the broker has acknowledged each of them. */
    static void write(KafkaProducer<String, String> producer, String topic, int partition, List<String> values) {
        List<Future<RecordMetadata>> answers = values.stream()
                .map(value -> producer.send(new ProducerRecord<>(topic, partition, value, value)))
                .toList();
        producer.flush();
        for (Future<RecordMetadata> answer : answers) {
            try {
                answer.get();
            } catch (ExecutionException | InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    static List<String> values(List<ConsumerRecord<byte[], byte[]>> records) {
        return records.stream()
                .map(record -> new String(record.value(), StandardCharsets.UTF_8))
                .toList();
    }
}
