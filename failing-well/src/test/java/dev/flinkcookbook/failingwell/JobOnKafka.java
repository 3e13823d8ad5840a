package dev.flinkcookbook.failingwell;

import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** The job's own main against a real Kafka and a real HTTP server, with topics that no other test has. */
final class JobOnKafka {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    /** A main method, or what a control has in its place. */
    interface Main {
        void run(String... flags) throws Exception;
    }

    private final KafkaBroker kafka;
    private final FlinkExtension flink;
    private final ScreeningService service;
    private final String input = Topics.unique("payments");

    JobOnKafka(KafkaBroker kafka, FlinkExtension flink, ScreeningService service) {
        this.kafka = kafka;
        this.flink = flink;
        this.service = service;
        for (String topic : List.of(input, output(), unscreened(), deadLetters())) {
            Topics.create(kafka.bootstrapServers(), topic, 1); // One partition: what is written first comes first.
        }
    }

    String output() {
        return input + ".screened";
    }

    String unscreened() {
        return input + ".unscreened";
    }

    String deadLetters() {
        return input + ".dead-letters";
    }

    /** What is given wins. */
    String[] flags(String... given) {
        Map<String, String> defaults = new LinkedHashMap<>();
        defaults.put("--bootstrap-servers", kafka.bootstrapServers());
        defaults.put("--input-topic", input);
        defaults.put("--output-topic", output());
        defaults.put("--group-id", input);
        defaults.put("--service", service.address().toString());
        defaults.put("--first-backoff", "20ms");
        List<String> flags = new ArrayList<>(List.of(given));
        defaults.forEach((flag, value) -> {
            if (!flags.contains(flag)) {
                flags.addAll(List.of(flag, value));
            }
        });
        return flags.toArray(String[]::new);
    }

    static List<String> ids(int count) {
        return IntStream.range(0, count).mapToObj(i -> "p-" + i).toList();
    }

    JobOnKafka writePayments(List<String> ids) {
        return write(ids.stream().map(JobOnKafka::payment).toList());
    }

    static String payment(String id) {
        return "{\"paymentId\":\"" + id + "\",\"amount\":\"12.50\",\"currency\":\"EUR\"}";
    }

    /** Returns when the broker has acknowledged all of them. */
    JobOnKafka write(List<String> values) {
        Map<String, Object> settings = Map.of("bootstrap.servers", kafka.bootstrapServers());
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<?>> answers = new ArrayList<>();
            values.forEach(value ->
                    answers.add(producer.send(new ProducerRecord<>(input, value.getBytes(StandardCharsets.UTF_8)))));
            producer.flush();
            for (Future<?> answer : answers) {
                answer.get();
            }
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
        return this;
    }

    /** Until it is stopped, or the test is over. */
    Running start(String... flags) {
        return start(PaymentScreeningJob::main, flags);
    }

    Running start(Main job, String... flags) {
        CompletableFuture<Void> main = CompletableFuture.runAsync(() -> {
            try {
                job.run(flags(flags));
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
        List<JobID> ids = new ArrayList<>();
        patiently().until(() -> {
            if (main.isCompletedExceptionally()) {
                main.join();
            }
            flink.client().listJobs().get().stream()
                    .filter(status -> !status.getJobState().isTerminalState())
                    .map(JobStatusMessage::getJobId)
                    .forEach(ids::add);
            return !ids.isEmpty();
        });
        return new Running(ids.get(0), main);
    }

    final class Running {
        private final JobID id;
        private final CompletableFuture<Void> main;

        private Running(JobID id, CompletableFuture<Void> main) {
            this.id = id;
            this.main = main;
        }

        /** Waits until consumers that respect transactions see so many records. */
        Running hasCommitted(String topic, int records) {
            return hasCommitted(topic, records, PATIENCE);
        }

        Running hasCommitted(String topic, int records, Duration atMost) {
            TopicReader.awaitCommitted(kafka.bootstrapServers(), topic, records, atMost);
            return this;
        }

        /** Takes a checkpoint now; while the job is not yet running again, this is tried until it is. */
        Running checkpoint() {
            patiently().ignoreExceptions().until(() -> {
                flink.client()
                        .triggerCheckpoint(id, CheckpointType.CONFIGURED)
                        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                return true;
            });
            return this;
        }

        /** How often the job has failed so far; Flink remembers the last sixteen. */
        int failures() {
            return new FlinkRest(flink.webInterface()).failures(id).size();
        }

        /** Ends the job, so that another one has its slots. */
        void cancel() {
            new FlinkRest(flink.webInterface()).cancel(id);
        }

        /** Why the job has failed. */
        Throwable failure() throws Exception {
            try {
                main.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                throw new AssertionError("the job has ended well");
            } catch (ExecutionException e) {
                return e.getCause();
            }
        }
    }

    /** What consumers that respect transactions see, once none is open. */
    List<ConsumerRecord<byte[], byte[]>> read(String topic) {
        return TopicReader.readAll(kafka.bootstrapServers(), topic);
    }

    /** Each as {@code p-1 clear}. */
    List<String> screened() {
        return read(output()).stream()
                .map(payment -> id(payment) + " " + header(payment, "screening.verdict"))
                .toList();
    }

    /** Each dead letter or unscreened payment as {@code p-1 reason}. */
    List<String> reasons(String topic) {
        return read(topic).stream()
                .map(letter -> id(letter) + " " + header(letter, "dead-letter.reason"))
                .toList();
    }

    static String id(ConsumerRecord<byte[], byte[]> record) {
        String value = record.value() == null ? "" : new String(record.value(), StandardCharsets.UTF_8);
        return value.replaceAll(".*\"paymentId\":\"([^\"]*)\".*", "$1");
    }

    static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null ? "none" : new String(header.value(), StandardCharsets.UTF_8);
    }

    static ConditionFactory patiently() {
        return Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50));
    }
}
