package dev.flinkcookbook.measuringlatency;

import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;

/** The job's own main, unbounded, on topics of its own with two partitions. */
final class RunningJob {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final FlinkExtension flink;
    private final String servers;
    private final String input = Topics.unique("events");
    private final CompletableFuture<Void> main;
    private final JobID id;

    RunningJob(FlinkExtension flink, String servers, String... flags) {
        this.flink = flink;
        this.servers = servers;
        Topics.create(servers, input, 2);
        String[] all = Stream.concat(
                        Stream.of(
                                "--bootstrap-servers",
                                servers,
                                "--input-topic",
                                input,
                                "--output-topic",
                                input + ".stamped",
                                "--create-topics"),
                        Stream.of(flags))
                .toArray(String[]::new);
        main = CompletableFuture.runAsync(() -> {
            try {
                MeasuringLatencyJob.main(all);
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
        FlinkRest rest = rest();
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> main.isDone() || rest.jobs().stream().anyMatch(job -> rest.isRunning(job.id())));
        id = rest.jobs().stream()
                .map(FlinkRest.Job::id)
                .filter(rest::isRunning)
                .findFirst()
                .orElseThrow();
    }

    FlinkRest rest() {
        return new FlinkRest(flink.webInterface());
    }

    JobID id() {
        return id;
    }

    /** An event that is due now, into a partition. */
    static String event(String id, long dueAt) {
        return "{\"id\":\"%s\",\"sentAt\":%d,\"payload\":\"\"}".formatted(id, dueAt);
    }

    /** Into both partitions, each with a producer that waits for the acknowledgement. */
    void write(String... values) {
        try (KafkaProducer<String, String> producer = producer()) {
            for (String value : values) {
                for (int partition = 0; partition < 2; partition++) {
                    producer.send(new ProducerRecord<>(input, partition, null, value));
                }
            }
        }
    }

    /** Into one partition, with this timestamp; returns when Kafka has it. */
    void write(int partition, long timestamp, String value) {
        try (KafkaProducer<String, String> producer = producer()) {
            producer.send(new ProducerRecord<>(input, partition, timestamp, null, value));
        }
    }

    KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", servers), new StringSerializer(), new StringSerializer());
    }

    String input() {
        return input;
    }

    /** Committed results, once there are so many. */
    List<String> results(int count) {
        return texts(TopicReader.awaitCommitted(servers, input + ".stamped", count, PATIENCE).stream()
                .map(record -> record.value())
                .toList());
    }

    /** Committed results that there are. */
    List<String> results() {
        return texts(TopicReader.readAll(servers, input + ".stamped").stream()
                .map(record -> record.value())
                .toList());
    }

    private static List<String> texts(List<byte[]> values) {
        return values.stream()
                .map(value -> new String(value, StandardCharsets.UTF_8))
                .toList();
    }

    /** Waits until each subtask of the source has read everything, and nothing for so long. */
    void awaitIdleFor(Duration least) {
        FlinkRest rest = rest();
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> rest.pendingRecords(id).orElse(1) == 0
                        && rest.idleFor(id).orElse(Duration.ZERO).compareTo(least) >= 0);
    }

    /** Stops the job at the end of event time; what waits for a watermark is to come out. */
    void drain() throws Exception {
        flink.client()
                .stopWithSavepoint(id, true, null, SavepointFormatType.CANONICAL)
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        main.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
}
