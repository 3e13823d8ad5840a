package dev.flinkcookbook.deduplication;

import static dev.flinkcookbook.deduplication.Payments.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.deduplication.Payments.Payment;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.TopicFollower;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** The job's own main against a real Kafka, with topics and a consumer group that no other test has. */
final class JobOnKafka {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String PROBE = "the end of what was written so far ";

    private final KafkaBroker kafka;
    private final FlinkExtension flink;
    private int probes;
    private final String input = Topics.unique("payments");

    /** With an input topic of two partitions; the output topics are there too. */
    static JobOnKafka withTopics(KafkaBroker kafka, FlinkExtension flink) {
        return withTopics(kafka, flink, 2);
    }

    static JobOnKafka withTopics(KafkaBroker kafka, FlinkExtension flink, int partitions) {
        JobOnKafka job = new JobOnKafka(kafka, flink);
        Topics.create(job.servers(), job.input, partitions);
        for (String output : List.of(job.output(), job.deadLetters(), job.duplicates())) {
            Topics.create(job.servers(), output, 1); // One partition: what is written first comes first.
        }
        return job;
    }

    /** Names only. */
    static JobOnKafka withoutTopics(KafkaBroker kafka, FlinkExtension flink) {
        return new JobOnKafka(kafka, flink);
    }

    private JobOnKafka(KafkaBroker kafka, FlinkExtension flink) {
        this.kafka = kafka;
        this.flink = flink;
        flink.set(CoreOptions.DEFAULT_PARALLELISM, 2);
    }

    String servers() {
        return kafka.bootstrapServers();
    }

    String input() {
        return input;
    }

    String output() {
        return input + ".deduplicated";
    }

    String deadLetters() {
        return input + ".dead-letters";
    }

    String duplicates() {
        return input + ".duplicates";
    }

    String[] flags(String... more) {
        return Stream.concat(
                        Stream.of(
                                "--bootstrap-servers", servers(),
                                "--input-topic", input,
                                "--output-topic", output(),
                                "--duplicates-topic", duplicates(),
                                "--group-id", input),
                        Arrays.stream(more))
                .toArray(String[]::new);
    }

    JobOnKafka write(Payment... payments) {
        return write(Stream.of(payments).map(payment -> payment.to(input)).toList());
    }

    /** Returns when the broker has acknowledged all of them. */
    JobOnKafka write(List<ProducerRecord<byte[], byte[]>> records) {
        Map<String, Object> settings = Map.of("bootstrap.servers", servers(), "reconnect.backoff.max.ms", 200L);
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<?>> answers = new ArrayList<>();
            records.forEach(record -> answers.add(producer.send(record)));
            producer.flush();
            for (Future<?> answer : answers) {
                answer.get();
            }
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
        return this;
    }

    /** Everything that is in the input now. */
    JobOnKafka runToTheEnd(String... flags) throws Exception {
        DeduplicationJob.main(flags(
                Stream.concat(Stream.of("--bounded"), Arrays.stream(flags)).toArray(String[]::new)));
        return this;
    }

    /** Until it is stopped, or the test is over. */
    Running start(String... flags) {
        CompletableFuture<Void> main = CompletableFuture.runAsync(() -> {
            try {
                DeduplicationJob.main(flags(flags));
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
                    .filter(job -> !job.getJobState().isTerminalState())
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

        JobID id() {
            return id;
        }

        /** Waits until the job has read all that was written, and has committed what it made of it. */
        Running hasReadAll() {
            return hasReadAll(() -> {});
        }

        /** As {@link #hasReadAll()}, for a job that takes no checkpoints by itself. */
        Running hasReadAllByCheckpoints() {
            return hasReadAll(this::checkpoint);
        }

        /**
         * Each partition gets a record that is no JSON. Its dead letter is committed by a checkpoint that covers all before
         * it. (The group's committed offsets would say the same, but an idle consumer sends them up to ten seconds late.)
         */
        private Running hasReadAll(Runnable meanwhile) {
            byte[] probe = utf8(PROBE + probes++);
            int partitions = TopicReader.endOffsets(servers(), input).size();
            write(IntStream.range(0, partitions)
                    .mapToObj(partition -> new ProducerRecord<byte[], byte[]>(input, partition, null, probe))
                    .toList());
            try (TopicFollower follower = new TopicFollower(servers(), deadLetters())) {
                Set<String> seen = new HashSet<>();
                patiently().until(() -> {
                    failIfItHasFailed();
                    meanwhile.run();
                    follower.poll(Duration.ofMillis(50)).stream()
                            .filter(letter -> Arrays.equals(letter.value(), probe))
                            .forEach(letter -> seen.add(header(letter, "partition")));
                    return seen.size() == partitions;
                });
            }
            return this;
        }

        /** Waits until so many records stand in the topic, committed or not; markers of transactions count too. */
        Running hasWritten(String topic, long records) {
            patiently().until(() -> {
                failIfItHasFailed();
                return countIn(topic) >= records;
            });
            return this;
        }

        /** Waits until consumers that respect transactions see so many records. */
        Running hasCommitted(String topic, int records) {
            TopicReader.awaitCommitted(servers(), topic, records, PATIENCE);
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

        private void failIfItHasFailed() {
            if (main.isDone()) {
                main.join();
                throw new AssertionError("the job has ended");
            }
        }

        /** Event time runs out, so that nothing waits for a watermark any more. */
        void drain() throws Exception {
            stop(true, SavepointFormatType.CANONICAL);
        }

        /** Returns the savepoint. */
        String stop(SavepointFormatType format) throws Exception {
            return stop(false, format);
        }

        private String stop(boolean drain, SavepointFormatType format) throws Exception {
            String savepoint = flink.client()
                    .stopWithSavepoint(id, drain, null, format)
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            main.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return savepoint;
        }
    }

    /** How many records and markers stand in a topic. */
    long countIn(String topic) {
        return TopicReader.endOffsets(servers(), topic).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** What consumers that respect transactions see, once none is open. */
    List<Message> events() {
        return Message.all(TopicReader.readAll(servers(), output()));
    }

    List<Message> dropped() {
        return Message.all(TopicReader.readAll(servers(), duplicates()));
    }

    List<ConsumerRecord<byte[], byte[]>> letters() {
        return TopicReader.readAll(servers(), deadLetters()).stream()
                .filter(letter ->
                        letter.value() == null || !new String(letter.value(), StandardCharsets.UTF_8).startsWith(PROBE))
                .toList();
    }

    /** Each dead letter as {@code partition@offset reason}. */
    List<String> reasons() {
        return letters().stream()
                .map(letter ->
                        header(letter, "partition") + "@" + header(letter, "offset") + " " + header(letter, "reason"))
                .toList();
    }

    /** The last header of this name: the job adds its own behind those that were there. */
    static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
        return new String(letter.headers().lastHeader("dead-letter." + name).value(), StandardCharsets.UTF_8);
    }

    void hasOnly(List<Message> events, List<Message> duplicates, List<String> reasons) {
        assertThat(events()).as("events").containsExactlyInAnyOrderElementsOf(events);
        assertThat(dropped()).as("duplicates").containsExactlyInAnyOrderElementsOf(duplicates);
        assertThat(reasons()).as("dead letters").containsExactlyInAnyOrderElementsOf(reasons);
    }

    /** Where it is open which copy of an event goes on. */
    void hasOnlyEventsWithIds(List<String> ids) {
        assertThat(events())
                .extracting(message -> message.value().replaceAll(".*\"paymentId\":\"([^\"]*)\".*", "$1"))
                .containsExactlyInAnyOrderElementsOf(ids);
    }

    static ConditionFactory patiently() {
        return Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50));
    }
}
