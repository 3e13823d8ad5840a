package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.PacedInput;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import dev.flinkcookbook.testbed.Verdict;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The job on real Kafka within one JVM: generates transfers, runs the job's own main, takes its TaskManager away in the middle,
 * and audits the ledger. Press run in an IDE, or {@code ./cookbook run exactly-once}; with {@code --delivery at-least-once} the
 * audit fails, and {@code --into postgres} is {@link LedgerToPostgresDemo}.
 */
public final class ExactlyOnceDemo implements Recipe {

    private static final List<String> INTO_POSTGRES = List.of("--into", "postgres");

    public static void main(String[] args) {
        List<String> flags = new ArrayList<>(List.of(args));
        int into = Collections.indexOfSubList(flags, INTO_POSTGRES);
        if (into >= 0) {
            flags.subList(into, into + INTO_POSTGRES.size()).clear();
            LedgerToPostgresDemo.main(flags.toArray(String[]::new));
        }
        System.exit(RunCommand.run(new ExactlyOnceDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return "exactly-once";
    }

    @Override
    public boolean accepts(Load load, String... jobFlags) {
        return ExactlyOnceParameters.from(jobFlags).isPresent();
    }

    @Override
    public Scenario scenario(Load load, String... jobFlags) {
        return new TransfersAreBooked(load, jobFlags);
    }

    private static final class TransfersAreBooked implements Scenario {
        private final Load load;
        private final String[] jobFlags;
        private final ExactlyOnceParameters parameters;
        private final KafkaFlags kafka;
        private final TransferGenerator generator;
        private final LedgerOracle oracle = new LedgerOracle();

        TransfersAreBooked(Load load, String... jobFlags) {
            this.load = load;
            this.jobFlags = jobFlags;
            this.parameters = ExactlyOnceParameters.from(jobFlags).orElseThrow();
            this.kafka = parameters.kafka();
            this.generator = new TransferGenerator(load.seed(), load.rate());
        }

        @Override
        public JobTopics topics() {
            return new JobTopics(
                    kafka.inputTopic(), List.of(kafka.outputTopic(), kafka.deadLetterTopic()), kafka.groupId());
        }

        @Override
        public void createOutputTopics() throws InterruptedException {
            ExactlyOnceJob.requireTopics(parameters);
        }

        @Override
        public void runJob() throws Exception {
            ExactlyOnceJob.main(jobFlags);
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
            LedgerOracle.Result result = oracle.result();
            Map<String, Object> more = new LinkedHashMap<>();
            more.put("delivery", kafka.delivery());
            more.put("broken_sequences", result.brokenSequences());
            more.put("broken_balances", result.brokenBalances());
            more.put("sum", result.sum().stripTrailingZeros().toPlainString());
            return new Verdict(
                    result.isExactlyOnce(),
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
