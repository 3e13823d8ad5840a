package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.exactlyonce.Transfers.Sent;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.transformations.SinkTransformation;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** The job's own main against a real Kafka, with topics, a consumer group and a prefix that no other test has. */
final class JobOnKafka {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final KafkaBroker kafka;
    private final FlinkExtension flink;
    private final String input;
    private final String ledger;

    /** With an input topic and a ledger of two partitions each, and a dead letter topic of one. */
    static JobOnKafka withTopics(KafkaBroker kafka, FlinkExtension flink) {
        JobOnKafka job = withoutTopics(kafka, flink);
        Topics.create(job.servers(), job.input, 2);
        Topics.create(job.servers(), job.ledger, 2);
        Topics.create(job.servers(), job.deadLetters(), 1);
        return job;
    }

    /** Names only. */
    static JobOnKafka withoutTopics(KafkaBroker kafka, FlinkExtension flink) {
        return new JobOnKafka(kafka, flink, Topics.unique("transfers"), Topics.unique("ledger"));
    }

    /** Another job, with an input and a group of its own, that writes to the same ledger. */
    JobOnKafka anotherOnTheSameLedger() {
        JobOnKafka another = new JobOnKafka(kafka, flink, Topics.unique("transfers"), ledger);
        Topics.create(servers(), another.input, 2);
        Topics.create(servers(), another.deadLetters(), 1);
        return another;
    }

    private JobOnKafka(KafkaBroker kafka, FlinkExtension flink, String input, String ledger) {
        this.kafka = kafka;
        this.flink = flink;
        this.input = input;
        this.ledger = ledger;
        flink.set(CoreOptions.DEFAULT_PARALLELISM, 2);
    }

    /** The test itself takes the checkpoints; minutes, since the job refuses an interval of days. */
    JobOnKafka withoutCheckpointsOfItsOwn() {
        flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMinutes(5));
        // Without a pause the first one would come at any moment of the first five minutes.
        flink.set(CheckpointingOptions.MIN_PAUSE_BETWEEN_CHECKPOINTS, Duration.ofMinutes(5));
        flink.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofMinutes(1));
        return this;
    }

    String servers() {
        return kafka.bootstrapServers();
    }

    String input() {
        return input;
    }

    String ledger() {
        return ledger;
    }

    String deadLetters() {
        return input + ".dead-letters";
    }

    String[] flags(String... more) {
        return Stream.concat(
                        Stream.of(
                                "--bootstrap-servers", servers(),
                                "--input-topic", input,
                                "--output-topic", ledger,
                                "--group-id", input),
                        Arrays.stream(more))
                .toArray(String[]::new);
    }

    JobOnKafka write(Sent... transfers) {
        return write(Stream.of(transfers).map(transfer -> transfer.in(input)).toList());
    }

    /** Returns when the broker has acknowledged all of them. */
    JobOnKafka write(List<ProducerRecord<byte[], byte[]>> records) {
        try (Producer<byte[], byte[]> producer = producer(Map.of())) {
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

    /** In a transaction that is aborted once the broker has all of them. */
    JobOnKafka writeAndAbort(Sent... transfers) {
        try (Producer<byte[], byte[]> producer =
                producer(Map.of("transactional.id", UUID.randomUUID().toString()))) {
            producer.initTransactions();
            producer.beginTransaction();
            Stream.of(transfers).forEach(transfer -> producer.send(transfer.in(input)));
            producer.flush();
            producer.abortTransaction();
        }
        return this;
    }

    private Producer<byte[], byte[]> producer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(more);
        settings.put("bootstrap.servers", servers());
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Everything that is in the input now. */
    JobOnKafka runToTheEnd(String... flags) throws Exception {
        ExactlyOnceJob.main(flags(
                Stream.concat(Stream.of("--bounded"), Arrays.stream(flags)).toArray(String[]::new)));
        return this;
    }

    private interface Main {
        void run() throws Exception;
    }

    /** Until it is stopped, or the test is over. */
    RunningJob start(String... flags) {
        return start(() -> ExactlyOnceJob.main(flags(flags)));
    }

    /** As main does it, but without the check that refuses timeouts which lose data. */
    RunningJob startUnchecked(String... flags) {
        return start(() -> define(flags).execute("exactly-once"));
    }

    /** As {@link #startUnchecked}, with another sink in place of the ledger's. */
    RunningJob startWith(Function<KafkaSink<LedgerEntry>, Sink<LedgerEntry>> sink, String... flags) {
        return start(() -> {
            StreamExecutionEnvironment environment = define(flags);
            replaceTheLedgersSink(environment, sink);
            environment.execute("exactly-once");
        });
    }

    /**
     * As {@link #startUnchecked}, with a copy of the job's and the connector's classes that no other job has. So it is with
     * jobs of two clusters, and with jobs of one session cluster that bring the connector in their jars.
     */
    RunningJob startWithClassesOfItsOwn(String... flags) {
        return start(() -> {
            StreamExecutionEnvironment environment = define(flags);
            List<String> classes = Stream.of(ExactlyOnceJob.class, KafkaFlags.class, KafkaSink.class)
                    .map(of -> of.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toString())
                    .toList();
            environment.configure(new Configuration().set(PipelineOptions.CLASSPATHS, classes));
            environment.execute("exactly-once");
        });
    }

    private StreamExecutionEnvironment define(String... flags) {
        StreamExecutionEnvironment environment = ExactlyOnceJob.environment();
        ExactlyOnceJob.define(
                environment, ExactlyOnceParameters.from(flags(flags)).orElseThrow());
        return environment;
    }

    @SuppressWarnings("unchecked") // What has this uid is a sink of ledger entries.
    private static void replaceTheLedgersSink(
            StreamExecutionEnvironment environment, Function<KafkaSink<LedgerEntry>, Sink<LedgerEntry>> sink) {
        SinkTransformation<LedgerEntry, ?> original = environment.getTransformations().stream()
                .filter(transformation -> "write-ledger".equals(transformation.getUid()))
                .map(transformation -> (SinkTransformation<LedgerEntry, ?>) transformation)
                .findFirst()
                .orElseThrow();
        environment.getTransformations().remove(original);
        original.getInputStream()
                .sinkTo(sink.apply((KafkaSink<LedgerEntry>) original.getSink()))
                .name(original.getName())
                .uid(original.getUid());
    }

    private RunningJob start(Main job) {
        List<JobID> before = running();
        CompletableFuture<Void> main = CompletableFuture.runAsync(() -> {
            try {
                job.run();
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
        List<JobID> started = new ArrayList<>();
        patiently().until(() -> {
            if (main.isCompletedExceptionally()) {
                main.join();
            }
            started.addAll(running());
            started.removeAll(before);
            return !started.isEmpty();
        });
        return new RunningJob(this, flink.client(), started.get(0), main);
    }

    private List<JobID> running() {
        try {
            return flink.client().listJobs().get().stream()
                    .filter(job -> !job.getJobState().isTerminalState())
                    .map(JobStatusMessage::getJobId)
                    .toList();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** What consumers that respect transactions see of the ledger, once none is open. */
    List<String> entries() {
        return values(TopicReader.readAll(servers(), ledger));
    }

    /** The same at this moment: nothing behind the first transaction that is open. */
    List<String> visible() {
        return read("read_committed");
    }

    /** What consumers see that do not respect transactions. */
    List<String> uncommitted() {
        return read("read_uncommitted");
    }

    /** Up to the end that a consumer with this isolation level is shown. */
    private List<String> read(String isolationLevel) {
        Map<String, Object> settings = Map.of("bootstrap.servers", servers(), "isolation.level", isolationLevel);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = List.of(new TopicPartition(ledger, 0), new TopicPartition(ledger, 1));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
            return values(records);
        }
    }

    /** Which transfer and which account, without what depends on the order of the input. */
    static String side(String entry) {
        return entry.substring(0, entry.indexOf(",\"delta\""));
    }

    static List<String> values(List<ConsumerRecord<byte[], byte[]>> records) {
        return records.stream()
                .map(record -> new String(record.value(), StandardCharsets.UTF_8))
                .toList();
    }

    List<ConsumerRecord<byte[], byte[]>> letters() {
        return TopicReader.readAll(servers(), deadLetters());
    }

    /** What the oracle says of all three topics, once no transaction is open. */
    LedgerOracle.Result audit() {
        LedgerOracle oracle = new LedgerOracle();
        TopicReader.readAll(servers(), input).forEach(oracle::input);
        TopicReader.readAll(servers(), ledger).forEach(oracle::output);
        letters().forEach(oracle::deadLetter);
        return oracle.result();
    }

    /** Waits until so many of the ledger's transactions are open, and returns their ids. */
    Set<String> hasOpen(int transactions) {
        return patiently().until(this::open, open -> open.size() == transactions);
    }

    private Set<String> open() {
        try (Admin admin = admin()) {
            return admin
                    .listTransactions(new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING)))
                    .all()
                    .get()
                    .stream()
                    .map(TransactionListing::transactionalId)
                    .filter(id -> id.startsWith("exactly-once-" + ledger + "-ledger-"))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    void abort(Set<String> transactionalIds) {
        try (Admin admin = admin()) {
            admin.fenceProducers(transactionalIds).all().get();
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The offset that the job's group has committed on each partition that it has one for. */
    List<Long> committed() {
        try (Admin admin = admin()) {
            return admin.listConsumerGroupOffsets(input).partitionsToOffsetAndMetadata().get().values().stream()
                    .map(OffsetAndMetadata::offset)
                    .toList();
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** As a job does it with its checkpoints, some time or other. */
    void commitTheGroupsOffsets() {
        Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
        TopicReader.endOffsets(servers(), input)
                .forEach(
                        (partition, end) -> ends.put(new TopicPartition(input, partition), new OffsetAndMetadata(end)));
        try (Admin admin = admin()) {
            admin.alterConsumerGroupOffsets(input, ends).all().get();
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", (Object) servers()));
    }

    static ConditionFactory patiently() {
        return Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50));
    }
}
