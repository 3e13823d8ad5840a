package dev.flinkcookbook.measuringlatency;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.common.TopicCheck;
import dev.flinkcookbook.testbed.FlinkRest;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.PacedInput;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import dev.flinkcookbook.testbed.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The job on real Kafka within one JVM: sends events on schedule, takes the TaskManager away in the middle, and measures every stage as a
 * consumer of committed records sees it. Press run in an IDE, or {@code ./cookbook run measuring-latency}.
 */
public final class MeasuringLatencyDemo implements Recipe {

    private static final double GARBAGE = 0.01;

    /** Kafka refuses a record that is more than an hour ahead. */
    private static final Duration LONGEST_WINDOW = Duration.ofMinutes(30);

    public static void main(String[] args) {
        System.exit(RunCommand.run(new MeasuringLatencyDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return "measuring-latency";
    }

    @Override
    public Load load() {
        return new Load(40_000, 2_000, 1);
    }

    @Override
    public boolean accepts(Load load, String... jobFlags) {
        Optional<MeasuringLatencyParameters> parameters = MeasuringLatencyParameters.from(jobFlags);
        if (parameters.isPresent() && parameters.get().window().compareTo(LONGEST_WINDOW) > 0) {
            throw new FlagException(
                    "--window",
                    parameters.get().window().toMillis() + "ms",
                    "at most 30m where a run is to see its end");
        }
        return parameters.isPresent();
    }

    @Override
    public Scenario scenario(Load load, String... jobFlags) {
        return new EventsOnSchedule(load, jobFlags);
    }

    private static final class EventsOnSchedule implements Scenario {
        private final Load load;
        private final String[] jobFlags;
        private final KafkaFlags kafka;
        private final PacedInput input;
        private final Random random;
        private final LatencyOracle oracle;
        private final Duration endOfTime;
        private long events;

        private EventsOnSchedule(Load load, String... jobFlags) {
            this.load = load;
            this.jobFlags = jobFlags;
            MeasuringLatencyParameters parameters =
                    MeasuringLatencyParameters.from(jobFlags).orElseThrow();
            kafka = parameters.kafka();
            endOfTime = parameters.window().plus(parameters.outOfOrderness());
            input = new PacedInput(load.rate());
            random = new Random(load.seed());
            oracle = new LatencyOracle(load.duration());
        }

        @Override
        public JobTopics topics() {
            return new JobTopics(
                    List.of(kafka.inputTopic()),
                    List.of(kafka.outputTopic(), kafka.deadLetterTopic()),
                    kafka.groupId());
        }

        @Override
        public void createOutputTopics() throws InterruptedException {
            TopicCheck.require(kafka, Map.of(kafka.outputTopic(), Map.of(), kafka.deadLetterTopic(), Map.of()));
        }

        @Override
        public void runJob() throws Exception {
            MeasuringLatencyJob.main(jobFlags);
        }

        @Override
        public void produce() throws Exception {
            AtomicReference<Exception> refused = new AtomicReference<>();
            try (Producer<byte[], byte[]> producer = PacedInput.producer(kafka.clientProperties())) {
                int partitions = producer.partitionsFor(kafka.inputTopic()).size();
                OpenLoopSchedule schedule =
                        new OpenLoopSchedule(System.currentTimeMillis(), Math.toIntExact(load.rate()));
                input.pace(load.events(), () -> {
                    long dueAt = schedule.dueAt(events);
                    while (System.currentTimeMillis() < dueAt) {
                        OpenLoopSender.SYSTEM.waitUntil(dueAt);
                    }
                    producer.send(record(null, null, next(dueAt)), (metadata, e) -> refused.compareAndSet(null, e));
                    return 1;
                });
                // No events, but later than all: they tell each partition's watermark that the last window is over.
                long later = System.currentTimeMillis() + endOfTime.toMillis();
                for (int partition = 0; partition < partitions; partition++) {
                    producer.send(record(partition, later, "the end"), (metadata, e) -> refused.compareAndSet(null, e));
                }
                producer.flush();
            }
            if (refused.get() != null) {
                throw refused.get();
            }
        }

        private ProducerRecord<byte[], byte[]> record(Integer partition, Long timestamp, String value) {
            return new ProducerRecord<>(
                    kafka.inputTopic(), partition, timestamp, null, value.getBytes(StandardCharsets.UTF_8));
        }

        /** Each event says when it was due, whenever it leaves. */
        private String next(long dueAt) {
            String event =
                    "{\"id\":\"e-%d\",\"sentAt\":%d,\"payload\":\"%x\"}".formatted(events, dueAt, random.nextLong());
            events++;
            return random.nextDouble() < GARBAGE ? event.substring(0, event.length() / 2) : event;
        }

        @Override
        public PacedInput input() {
            return input;
        }

        @Override
        public void input(ConsumerRecord<byte[], byte[]> record) {
            oracle.input(record);
        }

        @Override
        public void output(ConsumerRecord<byte[], byte[]> record) {
            if (record.topic().equals(kafka.deadLetterTopic())) {
                oracle.deadLetter();
            } else {
                oracle.output(record, System.currentTimeMillis());
            }
        }

        @Override
        public String progress() {
            return Stream.of(Stage.values())
                    .map(stage -> String.format(
                            Locale.ROOT,
                            "%s %,d/%,d",
                            LatencyOverTime.nameOf(stage),
                            oracle.percentile(stage, 50),
                            oracle.percentile(stage, 99)))
                    .collect(Collectors.joining(", ", "p50/p99 ms: ", ""));
        }

        @Override
        public Verdict verdict() {
            return oracle.verdict();
        }

        @Override
        public Optional<Path> report(FlinkRest flink) throws IOException {
            List<FlinkRest.CheckpointRun> checkpoints = new ArrayList<>();
            List<FlinkRest.JobFailure> failures = new ArrayList<>();
            for (FlinkRest.Job job : flink.jobs()) {
                checkpoints.addAll(flink.checkpointHistory(job.id()));
                failures.addAll(flink.failures(job.id()));
            }
            Map<String, Object> run = Map.of(
                    "events", input.sent(),
                    "eventsPerSecond", load.rate(),
                    "seed", load.seed(),
                    "endedAt", System.currentTimeMillis(),
                    "verdict", oracle.verdict().pass() ? "PASS" : "FAIL",
                    "flags", String.join(" ", jobFlags));
            // By the process, so that two runs at once do not write one file.
            Path page = Path.of(
                    "target", "latency-report-" + ProcessHandle.current().pid() + ".html");
            Files.createDirectories(page.toAbsolutePath().getParent());
            return Optional.of(Files.writeString(page, oracle.report(run, checkpoints, failures)));
        }

        @Override
        public int taskManagersToLose() {
            return 1;
        }
    }
}
