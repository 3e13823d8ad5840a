package dev.flinkcookbook.queryevolution;

import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.testbed.Load;
import dev.flinkcookbook.testbed.PacedInput;
import dev.flinkcookbook.testbed.Scenario;
import dev.flinkcookbook.testbed.Verdict;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Generated transactions, a version's own main, and the oracle that compares what it writes with the input. */
public final class TransactionsScenario implements Scenario {

    /** What a version's job has. */
    public interface Version {
        /** The job with its main class and flags. */
        Job job();

        void requireTopics() throws InterruptedException;

        /** This version and those that are to replace it, if a run is to show that. */
        default Optional<Versions> versions() {
            return Optional.empty();
        }

        /** Runs its main. */
        void run() throws Exception;
    }

    private final Load load;
    private final KafkaFlags kafka;
    private final Version version;
    private final TransactionGenerator generator;
    private final TransactionsOracle oracle;

    /** @param writes what the job writes for each transaction */
    public TransactionsScenario(Load load, KafkaFlags kafka, TransactionsOracle.Output writes, Version version) {
        this.load = load;
        this.kafka = kafka;
        this.version = version;
        this.generator = new TransactionGenerator(load.seed(), load.rate());
        this.oracle = new TransactionsOracle(writes);
    }

    @Override
    public List<Job> jobs() {
        return List.of(version.job());
    }

    @Override
    public Optional<Versions> versions() {
        return version.versions();
    }

    @Override
    public JobTopics topics() {
        return new JobTopics(
                List.of(kafka.inputTopic()), List.of(kafka.outputTopic(), kafka.deadLetterTopic()), kafka.groupId());
    }

    @Override
    public void createOutputTopics() throws InterruptedException {
        version.requireTopics();
    }

    @Override
    public void runJob() throws Exception {
        version.run();
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
