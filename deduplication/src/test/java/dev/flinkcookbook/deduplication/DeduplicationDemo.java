package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.PacedInput;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import dev.flinkcookbook.testbed.Verdict;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The job on real Kafka within one JVM: generates payments, runs the job's own main, and compares the topics with an oracle.
 * Press run in an IDE, or {@code ./cookbook run deduplication}.
 */
public final class DeduplicationDemo implements Recipe {

    public static void main(String[] args) {
        System.exit(RunCommand.run(new DeduplicationDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return "deduplication";
    }

    @Override
    public boolean accepts(Load load, String... jobFlags) {
        Optional<DeduplicationParameters> parameters = DeduplicationParameters.from(jobFlags);
        parameters.ifPresent(given -> {
            Duration run = load.duration().plusMinutes(1);
            if (given.time() == DeduplicationParameters.Time.PROCESSING
                    && given.retention().compareTo(run) < 0) {
                throw new FlagException(
                        "--retention",
                        given.retention().toMillis() + "ms",
                        "at least " + run.toSeconds()
                                + "s in a run of this length: what expires in processing time has no oracle");
            }
        });
        return parameters.isPresent();
    }

    @Override
    public Scenario scenario(Load load, String... jobFlags) {
        return new PaymentsArriveAgain(load, jobFlags);
    }

    private static final class PaymentsArriveAgain implements Scenario {
        private final Load load;
        private final String[] jobFlags;
        private final DeduplicationParameters parameters;
        private final KafkaFlags kafka;
        private final PaymentGenerator generator;
        private final DeduplicationOracle oracle;

        PaymentsArriveAgain(Load load, String... jobFlags) {
            this.load = load;
            this.jobFlags = jobFlags;
            this.parameters = DeduplicationParameters.from(jobFlags).orElseThrow();
            this.kafka = parameters.kafka();
            boolean updates = parameters.strategy() == DeduplicationParameters.Strategy.KEEP_LATEST;
            this.generator = new PaymentGenerator(load.seed(), load.rate(), updates);
            this.oracle = new DeduplicationOracle(parameters);
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
            DeduplicationJob.requireTopics(parameters);
        }

        @Override
        public void runJob() throws Exception {
            DeduplicationJob.main(jobFlags);
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
            if (record.topic().equals(kafka.deadLetterTopic())) {
                oracle.deadLetter(record);
            } else {
                oracle.output(record);
            }
        }

        @Override
        public Verdict verdict() {
            DeduplicationOracle.Result result = oracle.result();
            boolean approximate = parameters.strategy() == DeduplicationParameters.Strategy.APPROXIMATE;
            double mayBeLost = approximate ? parameters.falsePositiveRate() * result.expected() : 0;
            Map<String, Object> more = new LinkedHashMap<>();
            more.put("strategy", parameters.strategy());
            more.put("time", parameters.time());
            more.put("duplicates_dropped", input().sent() - result.delivered() - result.deadLetters());
            more.put("altered", result.altered());
            more.put("too_late", result.tooLate());
            return new Verdict(
                    result.hasNothingWrong() && result.lost() <= mayBeLost,
                    result.expected(),
                    result.delivered(),
                    result.lost(),
                    result.duplicated(),
                    result.deadLetters(),
                    more);
        }
    }
}
