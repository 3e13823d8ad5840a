package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.testbed.InProcessFlink;
import dev.flinkcookbook.testbed.InProcessKafka;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.TopicFollower;
import dev.flinkcookbook.testbed.Topics;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.program.ClusterClient;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/**
 * The job on real Kafka within one JVM: generates payments, runs the job's own main, and compares the topics with an oracle.
 * Press run in an IDE, or {@code ./cookbook run deduplication}.
 */
public final class DeduplicationDemo {

    private static final int PARTITIONS = 2;
    private static final int PARALLELISM = 2;
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Command(
            name = "run deduplication",
            sortOptions = false,
            description = "Flags that are not listed here go to the job.")
    private static final class DemoFlags {
        @Option(names = "--events", paramLabel = "N", defaultValue = "50000", description = "default: ${DEFAULT-VALUE}")
        private long events;

        @Option(
                names = "--rate",
                paramLabel = "N",
                defaultValue = "5000",
                description = "a second, default: ${DEFAULT-VALUE}")
        private long rate;

        @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "default: ${DEFAULT-VALUE}")
        private long seed;

        @Option(
                names = "--bootstrap-servers",
                paramLabel = "HOST:PORT",
                description = "a Kafka of yours rather than the embedded one; the topics must be new or empty")
        private String bootstrapServers;

        @Option(names = "--help", usageHelp = true, description = "print these flags and the job's")
        private boolean help;

        @Unmatched
        private List<String> ofTheJob = new ArrayList<>();
    }

    private final DemoFlags flags;
    private final long started;
    private final PrintStream out;
    private final PrintStream progress;

    private DeduplicationDemo(DemoFlags flags, long started, PrintStream out, PrintStream progress) {
        this.flags = flags;
        this.started = started;
        this.out = out;
        this.progress = progress;
    }

    public static void main(String[] args) {
        System.exit(run(args, System.out, System.err));
    }

    /** The exit code: 0 the verdict is PASS, 1 it is FAIL or something broke, 2 a wrong flag. */
    static int run(String[] args, PrintStream out, PrintStream progress) {
        long started = System.nanoTime();
        DemoFlags flags = new DemoFlags();
        try {
            if (!Flags.parse(flags, args)) {
                DeduplicationParameters.from("--help");
                return 0;
            }
            if (flags.events < 1 || flags.rate < 1) {
                throw flags.events < 1
                        ? new FlagException("--events", Long.toString(flags.events), "at least 1")
                        : new FlagException("--rate", Long.toString(flags.rate), "at least 1");
            }
            // Read before the broker starts, so that a wrong flag is answered at once.
            String[] jobFlags = flags.ofTheJob.toArray(String[]::new);
            DeduplicationParameters.from(jobFlags).ifPresent(parameters -> refuseWhatHasNoVerdict(parameters, flags));
            return new DeduplicationDemo(flags, started, out, progress).passes() ? 0 : 1;
        } catch (FlagException e) {
            progress.println(e.getMessage());
            return 2;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        } catch (Exception e) {
            progress.println("run: " + (e instanceof ExecutionException ? e.getCause() : e));
            return 1;
        }
    }

    private static void refuseWhatHasNoVerdict(DeduplicationParameters parameters, DemoFlags flags) {
        if (parameters.kafka().bounded()) {
            throw new FlagException("--bounded: run itself ends the job, once it has read everything");
        }
        if (flags.ofTheJob.stream().anyMatch(flag -> flag.startsWith("--kafka-properties"))) {
            throw new FlagException("--kafka-properties: run reads the topics without it; use ./cookbook job");
        }
        Duration run = Duration.ofSeconds(flags.events / flags.rate).plusMinutes(1);
        if (parameters.time() == DeduplicationParameters.Time.PROCESSING
                && parameters.retention().compareTo(run) < 0) {
            throw new FlagException(
                    "--retention",
                    parameters.retention().toMillis() + "ms",
                    "at least " + run.toSeconds()
                            + "s in a run of this length: what expires in processing time has no oracle");
        }
    }

    private boolean passes() throws Exception {
        try (KafkaBroker embedded = flags.bootstrapServers == null ? InProcessKafka.started() : null;
                InProcessFlink flink = InProcessFlink.started(new Configuration())) {
            String servers = embedded == null ? flags.bootstrapServers : embedded.bootstrapServers();
            flink.install(settings());
            progress.println("Kafka at " + servers + ", Flink's Web UI at " + flink.webInterface());
            return passesOn(servers, flink);
        } finally {
            InProcessFlink.uninstall();
        }
    }

    private static Configuration settings() {
        Configuration settings = new Configuration();
        settings.set(CoreOptions.DEFAULT_PARALLELISM, PARALLELISM);
        settings.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
        settings.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
        settings.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
        return settings;
    }

    private boolean passesOn(String servers, InProcessFlink flink) throws Exception {
        List<String> jobFlags = new ArrayList<>(flags.ofTheJob);
        jobFlags.addAll(List.of("--bootstrap-servers", servers, "--create-topics"));
        if (flags.ofTheJob.contains("--create-topics")) {
            jobFlags.remove("--create-topics");
        }
        String[] jobArguments = jobFlags.toArray(String[]::new);
        DeduplicationParameters parameters =
                DeduplicationParameters.from(jobArguments).orElseThrow();
        KafkaFlags kafka = parameters.kafka();
        if (!Topics.exists(servers, kafka.inputTopic())) {
            Topics.create(servers, kafka.inputTopic(), PARTITIONS);
        }
        DeduplicationJob.requireTopics(parameters);
        try (Admin admin = Admin.create(kafka.clientProperties());
                TopicFollower inputs = new TopicFollower(servers, kafka.inputTopic());
                TopicFollower outputs = new TopicFollower(servers, kafka.outputTopic());
                TopicFollower deadLetters = new TopicFollower(servers, kafka.deadLetterTopic())) {
            refuseUsedTopics(admin, kafka);
            boolean updates = parameters.strategy() == DeduplicationParameters.Strategy.KEEP_LATEST;
            PaymentGenerator generator = new PaymentGenerator(flags.seed, flags.rate, updates);
            int partitions = endOffsets(admin, kafka.inputTopic()).size();
            CompletableFuture<Void> generated = inBackground(
                    "payments",
                    () -> generator.produce(kafka.clientProperties(), kafka.inputTopic(), partitions, flags.events));
            CompletableFuture<Void> job = inBackground("job", () -> DeduplicationJob.main(jobArguments));

            DeduplicationOracle oracle = new DeduplicationOracle(parameters);
            Progress live = new Progress(generator);
            long giveUpAt = System.nanoTime()
                    + Duration.ofSeconds(flags.events / flags.rate)
                            .plus(PATIENCE)
                            .toNanos();
            while (!generated.isDone() || !inputs.isAtEnd() || !isDone(oracle, admin, kafka)) {
                if (System.nanoTime() > giveUpAt) {
                    throw new IllegalStateException("the job has not read its input " + PATIENCE.toSeconds()
                            + " s after the last event; does it restart again and again?");
                }
                failWithThe(job);
                failWithThe(generated);
                inputs.poll(Duration.ofMillis(1)).forEach(oracle::input);
                follow(outputs, deadLetters, oracle, live);
            }
            drain(flink, job);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!(outputs.isAtEnd() && deadLetters.isAtEnd())) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("a transaction is still open long after the job has ended");
                }
                follow(outputs, deadLetters, oracle, live);
            }
            live.end();
            return verdict(parameters, oracle.result(), generator.produced());
        }
    }

    /** Records from before would be counted as this run's. */
    private static void refuseUsedTopics(Admin admin, KafkaFlags kafka) throws Exception {
        for (String topic : List.of(kafka.inputTopic(), kafka.outputTopic(), kafka.deadLetterTopic())) {
            if (endOffsets(admin, topic).values().stream().anyMatch(end -> end > 0)) {
                throw new FlagException("--bootstrap-servers: topic " + topic
                        + " is not empty; name new ones with --input-topic and --output-topic");
            }
        }
    }

    private void follow(TopicFollower outputs, TopicFollower deadLetters, DeduplicationOracle oracle, Progress live) {
        for (ConsumerRecord<byte[], byte[]> record : outputs.poll(Duration.ofMillis(100))) {
            oracle.output(record);
            live.delivered(record);
        }
        for (ConsumerRecord<byte[], byte[]> record : deadLetters.poll(Duration.ofMillis(1))) {
            oracle.deadLetter(record);
            live.deadLetter();
        }
        live.show();
    }

    /** Nothing is missing, or the source has committed the end of its input: what is still missing will not come. */
    private static boolean isDone(DeduplicationOracle oracle, Admin admin, KafkaFlags kafka) throws Exception {
        // The second takes up to ten seconds on an idle topic: the offsets wait for the consumer's poll to end.
        return oracle.result().lost() == 0 || hasCommittedTheEnd(admin, kafka);
    }

    /** Stops the job at the end of event time, so that nothing waits for a watermark any more. */
    private static void drain(InProcessFlink flink, CompletableFuture<Void> job) throws Exception {
        ClusterClient<?> client = flink.client();
        JobID id = client.listJobs().get().iterator().next().getJobId();
        client.stopWithSavepoint(id, true, null, SavepointFormatType.CANONICAL)
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        job.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private boolean verdict(DeduplicationParameters parameters, DeduplicationOracle.Result result, long produced) {
        boolean approximate = parameters.strategy() == DeduplicationParameters.Strategy.APPROXIMATE;
        double allowed = approximate ? parameters.falsePositiveRate() * result.expected() : 0;
        boolean pass = result.hasNothingWrong() && result.lost() <= allowed;
        out.printf(
                Locale.ROOT,
                "verdict=%s recipe=deduplication seed=%d produced=%d expected=%d delivered=%d lost=%d duplicated=%d"
                        + " dead_letters=%d strategy=%s time=%s duplicates_dropped=%d altered=%d too_late=%d%n",
                pass ? "PASS" : "FAIL",
                flags.seed,
                produced,
                result.expected(),
                result.delivered(),
                result.lost(),
                result.duplicated(),
                result.deadLetters(),
                parameters.strategy(),
                parameters.time(),
                produced - result.delivered() - result.deadLetters(),
                result.altered(),
                result.tooLate());
        return pass;
    }

    private static boolean hasCommittedTheEnd(Admin admin, KafkaFlags kafka) throws Exception {
        Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(kafka.groupId())
                .partitionsToOffsetAndMetadata()
                .get();
        return endOffsets(admin, kafka.inputTopic()).entrySet().stream()
                .allMatch(end -> end.getValue() == 0
                        || committed.get(end.getKey()) != null
                                && committed.get(end.getKey()).offset() >= end.getValue());
    }

    private static Map<TopicPartition, Long> endOffsets(Admin admin, String topic) throws Exception {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        admin.describeTopics(List.of(topic))
                .allTopicNames()
                .get()
                .get(topic)
                .partitions()
                .forEach(info -> latest.put(new TopicPartition(topic, info.partition()), OffsetSpec.latest()));
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(latest).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    private interface Task {
        void run() throws Exception;
    }

    private static CompletableFuture<Void> inBackground(String name, Task task) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                        result.complete(null);
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return result;
    }

    private static void failWithThe(CompletableFuture<Void> task) throws Exception {
        if (task.isCompletedExceptionally()) {
            task.get();
        }
    }

    /** What a person sees meanwhile. */
    private final class Progress {
        private final PaymentGenerator generator;
        private final boolean oneLine = Boolean.getBoolean("cookbook.interactive");
        private long delivered;
        private long deadLetters;
        private long shownAt = started;
        private boolean lineIsOpen;

        Progress(PaymentGenerator generator) {
            this.generator = generator;
        }

        void delivered(ConsumerRecord<byte[], byte[]> record) {
            if (delivered++ == 0) {
                if (lineIsOpen) {
                    progress.println();
                }
                progress.printf(
                        Locale.ROOT,
                        "first-delivered ms=%d value=%s%n",
                        Duration.ofNanos(System.nanoTime() - started).toMillis(),
                        new String(record.value(), StandardCharsets.UTF_8));
            }
        }

        void deadLetter() {
            deadLetters++;
        }

        void show() {
            Duration interval = Duration.ofSeconds(oneLine ? 1 : 5);
            if (System.nanoTime() - shownAt >= interval.toNanos()) {
                print(oneLine ? "\r" : "", oneLine ? "" : System.lineSeparator());
                shownAt = System.nanoTime();
            }
        }

        void end() {
            print(oneLine ? "\r" : "", System.lineSeparator());
        }

        private void print(String before, String after) {
            progress.printf(
                    Locale.ROOT,
                    "%s%3d s: produced %,d, delivered %,d, dead letters %,d%s",
                    before,
                    Duration.ofNanos(System.nanoTime() - started).toSeconds(),
                    generator.produced(),
                    delivered,
                    deadLetters,
                    after);
            progress.flush();
            lineIsOpen = after.isEmpty();
        }
    }
}
