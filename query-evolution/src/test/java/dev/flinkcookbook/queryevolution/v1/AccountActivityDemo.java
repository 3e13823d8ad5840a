package dev.flinkcookbook.queryevolution.v1;

import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.queryevolution.TransactionGenerator;
import dev.flinkcookbook.queryevolution.TransactionsOracle;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.PacedInput;
import dev.flinkcookbook.testbed.Recipe;
import dev.flinkcookbook.testbed.RunCommand;
import dev.flinkcookbook.testbed.Scenario;
import dev.flinkcookbook.testbed.Verdict;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Version 1 of the job on real Kafka within one JVM: generates transactions, runs the job's own main, and compares what it has
 * written with an oracle. Press run in an IDE, or {@code ./cookbook run query-evolution}.
 */
public final class AccountActivityDemo implements Recipe {

    public static void main(String[] args) {
        System.exit(RunCommand.run(new AccountActivityDemo(), args, System.out, System.err));
    }

    @Override
    public String name() {
        return "query-evolution";
    }

    @Override
    public boolean accepts(Load load, String... jobFlags) {
        return AccountActivityParameters.from(jobFlags).isPresent();
    }

    @Override
    public Scenario scenario(Load load, String... jobFlags) {
        return new ActivityIsExact(load, jobFlags);
    }

    private static final class ActivityIsExact implements Scenario {
        private final Load load;
        private final String[] jobFlags;
        private final AccountActivityParameters parameters;
        private final KafkaFlags kafka;
        private final TransactionGenerator generator;
        private final TransactionsOracle oracle = new TransactionsOracle(TransactionsOracle.Output.ACTIVITY);

        ActivityIsExact(Load load, String... jobFlags) {
            this.load = load;
            this.jobFlags = jobFlags;
            this.parameters = AccountActivityParameters.from(jobFlags).orElseThrow();
            this.kafka = parameters.kafka();
            this.generator = new TransactionGenerator(load.seed(), load.rate());
        }

        @Override
        public List<Job> jobs() {
            return List.of(new Job("account-activity", AccountActivityJob.class.getName(), List.of(jobFlags)));
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
            AccountActivityJob.requireTopics(parameters);
        }

        @Override
        public void runJob() throws Exception {
            AccountActivityJob.main(jobFlags);
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
            return oracle.verdict();
        }

        @Override
        public int taskManagersToLose() {
            return 1;
        }
    }
}
