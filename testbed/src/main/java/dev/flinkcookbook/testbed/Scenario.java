package dev.flinkcookbook.testbed;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** One run of a recipe's job: its topics, its input, and an oracle that judges its output by what stands there alone. */
public interface Scenario extends AutoCloseable {

    /**
     * Where the job reads and writes.
     *
     * @param inputs where {@link #produce} writes to
     * @param outputs the first is the one that a person waits for, unless that is {@link #deliveredElsewhere()}
     * @param groupId the job's consumer group, by whose offsets one sees how far it has read
     */
    record JobTopics(List<String> inputs, List<String> outputs, String groupId) {}

    JobTopics topics();

    /** Creates those of the input topics that must not be like the others: what is missing then gets two partitions. */
    default void createInputTopics() {}

    /** Creates the output topics as the job does. */
    void createOutputTopics() throws Exception;

    /** Runs the job's own main, in this thread, until the job ends. */
    void runJob() throws Exception;

    /** Writes all of the input, on schedule; returns when the broker has acknowledged it. */
    void produce() throws Exception;

    /** What {@link #produce} writes with: counts, and can be stopped early. */
    PacedInput input();

    /** Tells the oracle of a record of an input topic. */
    void input(ConsumerRecord<byte[], byte[]> record);

    /** Tells the oracle of a record of an output topic, as a consumer with {@code read_committed} sees it. */
    void output(ConsumerRecord<byte[], byte[]> record);

    /** What the oracle says by now. */
    Verdict verdict();

    /** What else a person wants to see meanwhile, such as {@code late 12}; empty if there is nothing. */
    default String progress() {
        return "";
    }

    /** Whether the job has certainly read all of the input. If it cannot be told, the offsets of the group will tell. */
    default boolean hasReadAll() {
        return verdict().lost() == 0;
    }

    /**
     * One of several jobs of a recipe.
     *
     * @param name as Flink shows it
     * @param mainClass in the recipe's jar; null for the one that its manifest names
     * @param flags of its main method
     */
    record Job(String name, String mainClass, List<String> flags) {}

    /**
     * The jobs that {@link #runJob} runs, if there are several, in the order in which they are drained: each reads what those
     * before it write. Empty if there is one, the jar's own, with the flags of the run.
     */
    default List<Job> jobs() {
        return List.of();
    }

    /**
     * Versions of a job, of which each replaces the one before in the middle of a run.
     *
     * @param jars the first is the one that runs at first; their manifests name the main classes
     * @param flags of each main
     */
    record Versions(List<Path> jars, List<String> flags) {}

    /** What is run instead of {@link #runJob}, if a run is to show an upgrade: under load, by savepoints. */
    default Optional<Versions> versions() {
        return Optional.empty();
    }

    /** How often the run takes away the job's TaskManager, with all that runs on it, and gives it another one. */
    default int taskManagersToLose() {
        return 0;
    }

    /** Those of the {@link Recipe#faults()} that happen once in each run, one after the other, spread over the input. */
    default List<Fault> faultsOfARun() {
        return List.of();
    }

    /**
     * Brings about one of the {@link Recipe#faults()}, takes its cause away, and returns when what was harmed is at work again.
     * Meanwhile {@link #produce} runs in another thread.
     *
     * @param outage how long it lasts, if that is to be chosen
     */
    default void suffer(Fault fault, Duration outage) {
        throw new UnsupportedOperationException("this scenario does not bring about " + fault);
    }

    /** How many outputs there are by now in a place that is no topic, such as a table; asked ten times a second. */
    default OptionalLong deliveredElsewhere() {
        return OptionalLong.empty();
    }

    /**
     * Writes a page about the run, if the recipe has one, when all is read and the cluster still answers.
     *
     * @return where it is
     */
    default Optional<Path> report(FlinkRest flink) throws IOException {
        return Optional.empty();
    }

    /** Ends what the scenario has started besides the job. */
    @Override
    default void close() {}
}
