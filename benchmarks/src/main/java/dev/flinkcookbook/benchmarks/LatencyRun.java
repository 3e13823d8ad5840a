package dev.flinkcookbook.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.flinkcookbook.measuringlatency.OpenLoopSchedule;
import dev.flinkcookbook.measuringlatency.OpenLoopSender;
import dev.flinkcookbook.measuringlatency.StageLatencies;
import dev.flinkcookbook.measuringlatency.Stamps;
import dev.flinkcookbook.testbed.ChildJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The job of measuring-latency in a JVM of its own, with topics of its own, and the events that are sent through it. */
final class LatencyRun {
    private static final String HEAP = "3g";
    private static final Duration START = Duration.ofMinutes(2);

    /** For the last events: a late answer is an answer, and an overloaded job is late. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final Duration POLL = Duration.ofMillis(100);
    private static final String PAYLOAD = "x".repeat(100);
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * What was measured of some events.
     *
     * @param cpuSeconds of the job's process, from when the first measured event was due until the last one was seen
     */
    record Measured(StageLatencies latencies, double cpuSeconds) {}

    /** What is done while the job runs. */
    interface Body<T> {
        T with(LatencyRun run) throws Exception;
    }

    private final ChildJvm job;
    private final LatencySetting setting;
    private final String input;
    private final KafkaProducer<byte[], byte[]> producer;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final AtomicReference<Exception> refused = new AtomicReference<>();
    private long sent;

    private LatencyRun(String bootstrapServers, ChildJvm job, String input, String output, LatencySetting setting) {
        this.job = job;
        this.setting = setting;
        this.input = input;
        producer = new KafkaProducer<>(
                // The sender's own waiting is not the job's.
                Map.of("bootstrap.servers", bootstrapServers, "linger.ms", 0),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "isolation.level",
                        setting.isExactlyOnce() ? "read_committed" : "read_uncommitted",
                        "enable.auto.commit",
                        false),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> partitions = IntStream.range(0, WorkerTask.PARTITIONS)
                .mapToObj(partition -> new TopicPartition(output, partition))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /**
     * Starts the job, lets the body send events, and ends the job.
     *
     * @param options of Flink, besides those of the setting
     * @param flags of the job, besides those of the setting
     * @throws IllegalStateException the job did not start, or lost or repeated events; with the end of its log
     */
    static <T> T during(
            Workbench bench, LatencySetting setting, Map<String, String> options, List<String> flags, Body<T> body)
            throws Exception {
        String input = bench.newTopic("events");
        String output = bench.newTopic("events.stamped");
        try {
            return bench.folder()
                    .inChild(
                            setting.toString(),
                            ChildJvm.of(LatencyMain.class)
                                    .heap(HEAP)
                                    .arguments(arguments(bench, setting, options, flags, input, output)),
                            bench.folder().subfolder(output),
                            child -> {
                                child.awaitLine(LatencyMain.RUNNING, START);
                                LatencyRun run =
                                        new LatencyRun(bench.bootstrapServers(), child, input, output, setting);
                                try {
                                    return body.with(run);
                                } finally {
                                    run.close();
                                }
                            });
        } finally {
            List.of(input, output, output + ".dead-letters").forEach(bench::deleteTopic);
        }
    }

    private static String[] arguments(
            Workbench bench,
            LatencySetting setting,
            Map<String, String> options,
            List<String> flags,
            String input,
            String output)
            throws IOException {
        List<String> arguments = new ArrayList<>();
        arguments.add("parallelism.default=" + WorkerTask.PARTITIONS);
        setting.flinkOptions().forEach((key, value) -> arguments.add(key + "=" + value));
        options.forEach((key, value) -> arguments.add(key + "=" + value));
        arguments.add(LatencyMain.END_OF_OPTIONS);
        arguments.addAll(setting.jobFlags());
        arguments.addAll(flags);
        arguments.addAll(List.of(
                "--bootstrap-servers",
                bench.bootstrapServers(),
                "--kafka-properties",
                bench.clientProperties(output, setting.kafkaProperties()).toString(),
                "--input-topic",
                input,
                "--output-topic",
                output,
                "--dead-letter-topic",
                output + ".dead-letters",
                "--group-id",
                output,
                "--create-topics"));
        return arguments.toArray(String[]::new);
    }

    /**
     * Sends events on schedule, and waits for the result of each.
     *
     * @param warmUp the time whose events are sent and not measured
     * @param measured the time after it
     */
    Measured measure(int perSecond, Duration warmUp, Duration measured) throws Exception {
        long first = sent;
        long events = perSecond * warmUp.plus(measured).toMillis() / 1_000;
        OpenLoopSchedule schedule = new OpenLoopSchedule(System.currentTimeMillis() + 200, perSecond);
        long measuredFrom = schedule.start() + warmUp.toMillis();
        long measuredUntil = measuredFrom + measured.toMillis();
        long giveUpAt = measuredUntil + PATIENCE.toMillis();
        Future<?> sender = thread.submit(() -> {
            send(schedule, first, events);
            return null;
        });
        sent += events;
        EntryCount count = new EntryCount(events, 1);
        StageLatencies latencies = new StageLatencies();
        double cpuAtStart = Double.NaN;
        while (!count.isComplete()) {
            for (ConsumerRecord<byte[], byte[]> result : consumer.poll(POLL)) {
                JsonNode json = JSON.readTree(result.value());
                count.add(json.get("id").asLong() - first);
                if (json.has("readAt") && json.get("sentAt").asLong() >= measuredFrom) {
                    latencies.record(stamps(json), System.currentTimeMillis());
                }
            }
            long now = System.currentTimeMillis();
            cpuAtStart = Double.isNaN(cpuAtStart) && now >= measuredFrom ? cpuSeconds() : cpuAtStart;
            if (now > giveUpAt || !job.isAlive()) {
                count.requireComplete();
            }
        }
        sender.get();
        if (refused.get() != null) {
            throw refused.get();
        }
        return new Measured(latencies, cpuSeconds() - cpuAtStart);
    }

    private void send(OpenLoopSchedule schedule, long first, long events) throws InterruptedException {
        new OpenLoopSender(schedule, OpenLoopSender.SYSTEM).send(events, (event, dueAt) -> {
            long id = first + event;
            byte[] value = "{\"id\":\"%d\",\"sentAt\":%d,\"payload\":\"%s\"}"
                    .formatted(id, dueAt, PAYLOAD)
                    .getBytes(StandardCharsets.UTF_8);
            producer.send(
                    new ProducerRecord<>(input, (int) (id % WorkerTask.PARTITIONS), null, value),
                    (metadata, failure) -> refused.compareAndSet(null, failure));
        });
        // No events, but later than all: they tell each partition's watermark that the last window is over.
        long later = System.currentTimeMillis() + setting.window().toMillis();
        for (int partition = 0; partition < WorkerTask.PARTITIONS; partition++) {
            producer.send(
                    new ProducerRecord<>(input, partition, later, null, "the end".getBytes(StandardCharsets.UTF_8)),
                    (metadata, failure) -> refused.compareAndSet(null, failure));
        }
        producer.flush();
    }

    private static Stamps stamps(JsonNode result) {
        return new Stamps(
                result.get("sentAt").asLong(),
                result.get("kafkaTimestamp").asLong(),
                result.get("readAt").asLong(),
                result.get("operatorIn").asLong(),
                result.get("windowOver").asLong(),
                result.get("released").asLong(),
                result.get("operatorOut").asLong());
    }

    /** What the operating system has counted of the job's process so far. */
    private double cpuSeconds() {
        return ProcessHandle.of(job.pid())
                        .flatMap(process -> process.info().totalCpuDuration())
                        .orElse(Duration.ZERO)
                        .toMillis()
                / 1e3;
    }

    private void close() {
        thread.shutdownNow();
        producer.close(Duration.ZERO);
        consumer.close();
    }
}
