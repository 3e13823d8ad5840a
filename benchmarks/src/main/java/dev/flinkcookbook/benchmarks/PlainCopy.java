package dev.flinkcookbook.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Kafka without Flink, what the broker and the clients allow here: for each partition a consumer, a producer, a thread. */
final class PlainCopy {
    private static final Duration POLL = Duration.ofMillis(100);

    private final WorkerTask task;
    private final boolean transactional;
    private final AtomicReference<Exception> failure = new AtomicReference<>();

    PlainCopy(WorkerTask task) {
        this.task = task;
        this.transactional = task.variant() == Variant.COPY_TRANSACTIONAL;
    }

    void run() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(WorkerTask.PARTITIONS);
        try {
            List<Future<?>> copies = new ArrayList<>();
            for (int partition = 0; partition < WorkerTask.PARTITIONS; partition++) {
                TopicPartition input = new TopicPartition(task.inputTopic(), partition);
                copies.add(threads.submit(() -> {
                    copy(input);
                    return null;
                }));
            }
            for (Future<?> copy : copies) {
                copy.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private void copy(TopicPartition input) throws Exception {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(consumerSettings());
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(producerSettings(input.partition()))) {
            List<TopicPartition> inputs = List.of(input);
            consumer.assign(inputs);
            consumer.seekToBeginning(inputs);
            long end = consumer.endOffsets(inputs).get(input);
            if (transactional) {
                producer.initTransactions();
                producer.beginTransaction();
            }
            long committed = System.nanoTime();
            while (consumer.position(input) < end) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    producer.send(
                            new ProducerRecord<>(
                                    task.outputTopic(),
                                    null,
                                    record.timestamp(),
                                    record.key(),
                                    record.value(),
                                    record.headers()),
                            (metadata, refused) -> failure.compareAndSet(null, refused));
                }
                Intake.add(records.count());
                if (transactional
                        && System.nanoTime() - committed
                                >= task.checkpointInterval().toNanos()) {
                    commit(producer, consumer, input);
                    producer.beginTransaction();
                    committed = System.nanoTime();
                }
            }
            if (transactional) {
                commit(producer, consumer, input);
            }
            producer.flush();
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    private static void commit(
            KafkaProducer<byte[], byte[]> producer, KafkaConsumer<byte[], byte[]> consumer, TopicPartition input) {
        producer.sendOffsetsToTransaction(
                Map.of(input, new OffsetAndMetadata(consumer.position(input))), consumer.groupMetadata());
        producer.commitTransaction();
    }

    private Map<String, Object> consumerSettings() throws Exception {
        Map<String, Object> settings = shared();
        settings.put("group.id", "copy-" + task.outputTopic());
        settings.put("isolation.level", "read_committed");
        settings.put("enable.auto.commit", false);
        settings.put("key.deserializer", ByteArrayDeserializer.class);
        settings.put("value.deserializer", ByteArrayDeserializer.class);
        return settings;
    }

    private Map<String, Object> producerSettings(int partition) throws Exception {
        Map<String, Object> settings = shared();
        settings.put("acks", "all");
        settings.put("key.serializer", ByteArraySerializer.class);
        settings.put("value.serializer", ByteArraySerializer.class);
        if (transactional) {
            settings.put("transactional.id", task.outputTopic() + "-" + partition);
        }
        return settings;
    }

    private Map<String, Object> shared() throws Exception {
        Map<String, Object> settings = new HashMap<>(ClientProperties.read(task.clientProperties()));
        settings.put("bootstrap.servers", task.bootstrapServers());
        return settings;
    }
}
