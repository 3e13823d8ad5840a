package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.PacedInput;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import dev.flinkcookbook.testbed.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/**
 * Both jobs on real Kafka within one JVM: generates readings of which some are late, takes the TaskManager away in the middle, and
 * compares the corrected results with a batch computation. Press run in an IDE, or {@code ./cookbook run late-data}.
 */
public final class LateDataDemo implements Recipe {

    @Command(name = "run late-data", sortOptions = false, description = "Also the flags of the job:")
    private static final class DemoFlags {
        @Option(
                names = "--lateness",
                paramLabel = "DURATION",
                defaultValue = "5s",
                description = "half of the readings are later than this, one in a hundred 14 times as late, one in a"
                        + " thousand 63 times (default: ${DEFAULT-VALUE})")
        private Duration lateness;

        @Option(names = "--help", usageHelp = true, description = "print the flags and end")
        private boolean help;

        @Unmatched
        private List<String> ofTheJob = new ArrayList<>();

        private String[] ofTheJob() {
            return ofTheJob.toArray(String[]::new);
        }
    }

    public static void main(String[] args) {
        System.exit(RunCommand.run(new LateDataDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return "late-data";
    }

    @Override
    public boolean accepts(Load load, String... jobFlags) {
        DemoFlags flags = new DemoFlags();
        if (!Flags.parse(flags, jobFlags)) {
            return LateDataParameters.from("--help").isPresent();
        }
        return LateDataParameters.from(flags.ofTheJob()).isPresent();
    }

    @Override
    public Scenario scenario(Load load, String... jobFlags) {
        return scenario(load, false, jobFlags);
    }

    static Scenario correctedAfterwards(Load load, String... jobFlags) {
        return scenario(load, true, jobFlags);
    }

    private static Scenario scenario(Load load, boolean correctedAfterwards, String... jobFlags) {
        DemoFlags flags = new DemoFlags();
        Flags.parse(flags, jobFlags);
        return new ReadingsAreLate(load, flags.lateness, correctedAfterwards, flags.ofTheJob());
    }

    /** The flags of the correction that belongs to a window job. */
    static String[] correctionOf(LateDataParameters parameters, String... more) {
        List<String> flags = new ArrayList<>(List.of(
                "--bootstrap-servers", parameters.kafka().bootstrapServers(),
                "--input-topic", parameters.lateTopic(),
                "--output-topic", parameters.kafka().outputTopic(),
                "--group-id", parameters.kafka().groupId() + "-correction"));
        flags.addAll(Arrays.asList(more));
        return flags.toArray(String[]::new);
    }

    private static final class ReadingsAreLate implements Scenario {
        private final Load load;
        private final String[] jobFlags;
        private final LateDataParameters parameters;
        private final KafkaFlags kafka;
        private final ReadingGenerator generator;
        private final BatchOracle oracle;
        private final boolean correctedAfterwards;

        ReadingsAreLate(Load load, Duration lateness, boolean correctedAfterwards, String... jobFlags) {
            this.load = load;
            this.correctedAfterwards = correctedAfterwards;
            this.jobFlags = jobFlags;
            this.parameters = LateDataParameters.from(jobFlags).orElseThrow();
            this.kafka = parameters.kafka();
            this.generator = new ReadingGenerator(load.seed(), load.rate(), lateness);
            this.oracle = new BatchOracle(
                    Duration.ofMillis(parameters.windows().windowMillis()),
                    parameters.reader().maxClockSkew());
        }

        @Override
        public JobTopics topics() {
            return new JobTopics(
                    List.of(kafka.inputTopic()),
                    List.of(kafka.outputTopic(), parameters.lateTopic(), kafka.deadLetterTopic()),
                    kafka.groupId());
        }

        @Override
        public void createOutputTopics() throws InterruptedException {
            LateDataJob.requireTopics(parameters);
        }

        @Override
        public void runJob() throws Exception {
            if (correctedAfterwards) {
                LateDataJob.main(jobFlags);
                CorrectionJob.main(correctionOf(parameters, "--create-topics", "--bounded"));
                return;
            }
            CompletableFuture<Void> correction = CompletableFuture.runAsync(() -> {
                try {
                    CorrectionJob.main(correctionOf(parameters, "--create-topics"));
                } catch (Exception e) {
                    throw new CompletionException(e);
                }
            });
            LateDataJob.main(jobFlags);
            correction.get();
        }

        @Override
        public List<Job> jobs() {
            return List.of(
                    new Job(LateDataJob.NAME, LateDataJob.class.getName(), List.of(jobFlags)),
                    new Job(
                            CorrectionJob.NAME,
                            CorrectionJob.class.getName(),
                            List.of(correctionOf(parameters, "--create-topics"))));
        }

        @Override
        public void produce() throws Exception {
            generator.produce(kafka.clientProperties(), kafka.inputTopic(), load.events());
        }

        @Override
        public PacedInput input() {
            return generator.input();
        }

        @Override
        public void input(ConsumerRecord<byte[], byte[]> record) {
            oracle.input(record);
        }

        @Override
        public void output(ConsumerRecord<byte[], byte[]> record) {
            if (record.topic().equals(kafka.outputTopic())) {
                oracle.output(record);
            } else if (record.topic().equals(parameters.lateTopic())) {
                oracle.late(record);
            } else {
                oracle.deadLetter(record);
            }
        }

        @Override
        public boolean hasReadAll() {
            return oracle.hasTheLastDeadLetters();
        }

        @Override
        public String progress() {
            BatchOracle.Result result = oracle.result();
            return "windows fired %,d, refined %,d, late readings %,d, corrections %,d"
                    .formatted(result.fired(), result.refined(), result.late(), result.corrected());
        }

        @Override
        public Verdict verdict() {
            BatchOracle.Result result = oracle.result();
            Map<String, Object> more = new LinkedHashMap<>();
            more.put("windows", result.windows());
            more.put("refined", result.refined());
            more.put("late", result.late());
            more.put("corrected", result.corrected());
            more.put("wrong", result.wrong());
            more.put("reopened", result.reopened());
            more.put("unaccounted", result.unaccounted());
            return new Verdict(
                    result.isThatOfABatch(),
                    result.expected(),
                    result.delivered(),
                    result.lost(),
                    result.duplicated(),
                    result.deadLetters(),
                    more);
        }

        @Override
        public int taskManagersToLose() {
            return 1;
        }
    }
}
