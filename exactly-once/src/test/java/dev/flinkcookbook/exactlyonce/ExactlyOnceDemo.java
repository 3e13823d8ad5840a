package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.PacedInput;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import dev.flinkcookbook.testbed.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/**
 * The job on real Kafka within one JVM: generates transfers, runs the job's own main, takes its TaskManager away in the middle,
 * and audits the ledger. Press run in an IDE, or {@code ./cookbook run exactly-once}; with {@code --delivery at-least-once} the
 * audit fails, and {@code --into postgres} is {@link LedgerToPostgresDemo}.
 */
public final class ExactlyOnceDemo implements Recipe {

    private enum Into {
        TOPIC,
        POSTGRES;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Command(name = "exactly-once", sortOptions = false, description = "Which of the two jobs; its flags go to it.")
    private static final class Flag {
        @Option(
                names = "--into",
                paramLabel = "topic|postgres",
                defaultValue = "topic",
                description = "where the ledger is written: with postgres, into a table of a server that starts with it"
                        + " (default: ${DEFAULT-VALUE})")
        private Into into;

        @Option(names = "--help", usageHelp = true, description = "print this and the flags of the job")
        private boolean help;

        @Unmatched
        private List<String> ofTheJob = new ArrayList<>();

        private String[] ofTheJob() {
            return ofTheJob.toArray(String[]::new);
        }
    }

    public static void main(String[] args) {
        System.exit(RunCommand.run(new ExactlyOnceDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return "exactly-once";
    }

    @Override
    public boolean accepts(Load load, String... jobFlags) {
        Flag flag = new Flag();
        if (!Flags.parse(flag, jobFlags)) {
            return ExactlyOnceParameters.from("--help").isPresent();
        }
        return flag.into == Into.POSTGRES
                ? new LedgerToPostgresDemo().accepts(load, flag.ofTheJob())
                : ExactlyOnceParameters.from(flag.ofTheJob()).isPresent();
    }

    @Override
    public Scenario scenario(Load load, String... jobFlags) {
        Flag flag = new Flag();
        Flags.parse(flag, jobFlags);
        return flag.into == Into.POSTGRES
                ? new LedgerToPostgresDemo().scenario(load, flag.ofTheJob())
                : new TransfersAreBooked(load, flag.ofTheJob());
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
        public List<Job> jobs() {
            return List.of(new Job("exactly-once", ExactlyOnceJob.class.getName(), List.of(jobFlags)));
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
