package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.utf8;

import dev.flinkcookbook.latedata.Readings.Reading;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

/** The two jobs' own mains against a real Kafka, with topics and consumer groups that no other test has. */
final class JobsOnKafka {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String PROBE = "the end of what was written so far ";

    private final KafkaBroker kafka;
    private final FlinkExtension flink;
    private final String input = Topics.unique("readings");
    private int probes;

    /** With an input topic of so many partitions; the output topics are there too. */
    static JobsOnKafka withTopics(KafkaBroker kafka, FlinkExtension flink, int partitions) {
        JobsOnKafka jobs = new JobsOnKafka(kafka, flink);
        Topics.create(jobs.servers(), jobs.input, partitions);
        for (String output :
                List.of(jobs.results(), jobs.late(), jobs.deadLetters(), jobs.deadLettersOfTheCorrection())) {
            Topics.create(jobs.servers(), output, 1); // One partition: what is written first comes first.
        }
        return jobs;
    }

    /** Names only. */
    static JobsOnKafka withoutTopics(KafkaBroker kafka, FlinkExtension flink) {
        return new JobsOnKafka(kafka, flink);
    }

    private JobsOnKafka(KafkaBroker kafka, FlinkExtension flink) {
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

    String results() {
        return input + ".windows";
    }

    String late() {
        return input + ".late";
    }

    String deadLetters() {
        return input + ".dead-letters";
    }

    String deadLettersOfTheCorrection() {
        return late() + ".dead-letters";
    }

    String[] flags(String... more) {
        return concat(
                more,
                "--bootstrap-servers",
                servers(),
                "--input-topic",
                input,
                "--output-topic",
                results(),
                "--group-id",
                input);
    }

    private String[] flagsOfTheCorrection(String... more) {
        return concat(
                more,
                "--bootstrap-servers",
                servers(),
                "--input-topic",
                late(),
                "--output-topic",
                results(),
                "--group-id",
                late());
    }

    private static String[] concat(String[] more, String... flags) {
        return Stream.concat(Arrays.stream(flags), Arrays.stream(more)).toArray(String[]::new);
    }

    JobsOnKafka write(Reading... readings) {
        return write(Stream.of(readings).map(reading -> reading.to(input)).toList());
    }

    /** Returns when the broker has acknowledged all of them. */
    JobsOnKafka write(List<ProducerRecord<byte[], byte[]>> records) {
        Map<String, Object> settings = Map.of("bootstrap.servers", servers());
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
    JobsOnKafka runToTheEnd(String... flags) throws Exception {
        LateDataJob.main(concat(new String[] {"--bounded"}, flags(flags)));
        return this;
    }

    /** Everything that is late now. */
    JobsOnKafka correctToTheEnd(String... flags) throws Exception {
        CorrectionJob.main(concat(new String[] {"--bounded"}, flagsOfTheCorrection(flags)));
        return this;
    }

    /** The window job, until it is stopped, or the test is over. */
    Running start(String... flags) {
        return start(LateDataJob.NAME, () -> LateDataJob.main(flags(flags)));
    }

    Running startCorrection(String... flags) {
        return start(CorrectionJob.NAME, () -> CorrectionJob.main(flagsOfTheCorrection(flags)));
    }

    interface Main {
        void run() throws Exception;
    }

    /** Any job, by its name in Flink. */
    Running start(String name, Main job) {
        CompletableFuture<Void> main = CompletableFuture.runAsync(() -> {
            try {
                job.run();
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
                    .filter(running -> !running.getJobState().isTerminalState())
                    .filter(running -> running.getJobName().equals(name))
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

        /**
         * Waits until the window job has read all that was written, and has committed what it made of it. Each partition gets a
         * record that is no JSON; its dead letter is committed by a checkpoint that covers all before it.
         */
        Running hasReadAll() {
            return hasReadAll(() -> {});
        }

        /** As {@link #hasReadAll()}, for a job that takes no checkpoints by itself. */
        Running hasReadAllByCheckpoints() {
            return hasReadAll(this::checkpoint);
        }

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
                            .forEach(letter -> seen.add(header(letter, "dead-letter.partition")));
                    return seen.size() == partitions;
                });
            }
            return this;
        }

        /** Waits until consumers that respect transactions see so many records. */
        Running hasCommitted(String topic, int records) {
            TopicReader.awaitCommitted(servers(), topic, records, PATIENCE);
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

    /** All results, corrections too, as consumers that respect transactions see them. */
    List<String> resultLines() {
        return read(results()).stream().map(JobsOnKafka::line).toList();
    }

    /** What is left of them after compaction. */
    List<String> newestLines() {
        Map<String, String> newest = new LinkedHashMap<>();
        read(results()).forEach(record -> newest.put(text(record.key()), line(record)));
        return List.copyOf(newest.values());
    }

    private static String line(ConsumerRecord<byte[], byte[]> record) {
        try {
            return Readings.line(WindowResultJson.read(record.value()));
        } catch (UnreadableReadingException e) {
            throw new AssertionError(e);
        }
    }

    /** Where the late records stood in the input, as {@code partition@offset}. */
    List<String> latePlaces() {
        return read(late()).stream()
                .map(record -> header(record, "late.partition") + "@" + header(record, "late.offset"))
                .toList();
    }

    /** Each dead letter as {@code partition@offset reason}. */
    List<String> reasons() {
        return read(deadLetters()).stream()
                .filter(letter -> !Optional.ofNullable(letter.value())
                        .map(JobsOnKafka::text)
                        .orElse("")
                        .startsWith(PROBE))
                .map(letter -> header(letter, "dead-letter.partition") + "@" + header(letter, "dead-letter.offset")
                        + " " + header(letter, "dead-letter.reason"))
                .toList();
    }

    List<ConsumerRecord<byte[], byte[]>> read(String topic) {
        return TopicReader.readAll(servers(), topic);
    }

    /** The last header of this name: the job adds its own behind those that were there. */
    static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return text(record.headers().lastHeader(name).value());
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static ConditionFactory patiently() {
        return Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50));
    }
}
