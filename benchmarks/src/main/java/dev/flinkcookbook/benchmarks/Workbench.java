package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.testbed.ChildJvm;
import dev.flinkcookbook.testbed.KafkaCommand;
import dev.flinkcookbook.testbed.TopicFollower;
import dev.flinkcookbook.testbed.Topics;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What every benchmark needs while it runs: a folder, a broker in a JVM of its own, topics, and lines of progress. */
final class Workbench implements AutoCloseable {
    private static final String BROKER_HEAP = "1g";
    private static final String BROKER_READY = "ready bootstrap=";
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration LONGEST_READING = Duration.ofMinutes(3);

    private final RunFolder folder;
    private final String bootstrapServers;
    private final ProgressLines progress;
    private int topics;

    private Workbench(RunFolder folder, String bootstrapServers, PrintStream progress) {
        this.folder = folder;
        this.bootstrapServers = bootstrapServers;
        this.progress = new ProgressLines(progress);
    }

    static Workbench opened(PrintStream progress) throws IOException {
        RunFolder folder = RunFolder.created();
        try {
            ChildJvm broker = folder.start(
                    ChildJvm.of(KafkaCommand.class).heap(BROKER_HEAP).arguments("--port", "0"),
                    folder.subfolder("broker"));
            String ready = broker.awaitLine(BROKER_READY, PATIENCE);
            return new Workbench(folder, ready.substring(BROKER_READY.length()), progress);
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    RunFolder folder() {
        return folder;
    }

    String bootstrapServers() {
        return bootstrapServers;
    }

    /** A new file of Kafka client properties: that is how the recipes take them. */
    Path clientProperties(String name, Map<String, String> values) throws IOException {
        Path file = folder.file(name + ".properties");
        ClientProperties.write(file, values);
        return file;
    }

    /** A new, empty topic whose name starts with the given one. */
    String newTopic(String name) {
        return createTopic(newName(name));
    }

    /** A name that no topic begins with yet. */
    String newName(String name) {
        return name + "-" + ++topics;
    }

    /** An empty topic of this name. */
    String createTopic(String topic) {
        // Deleted files go at once and not after Kafka's minute: the disk holds one run's output, not all of them.
        Topics.create(bootstrapServers, topic, WorkerTask.PARTITIONS, Map.of("file.delete.delay.ms", "100"));
        return topic;
    }

    void deleteTopic(String topic) {
        if (Topics.exists(bootstrapServers, topic)) {
            Topics.delete(bootstrapServers, topic);
        }
    }

    void deleteOutputs(WorkerTask task) {
        deleteTopic(task.outputTopic());
        deleteTopic(task.deadLetterTopic());
        deleteTopic(task.lateTopic());
    }

    /**
     * Hands over everything that is committed, once no transaction is open any more.
     *
     * @return how many records that were
     */
    long readCommitted(String topic, Consumer<ConsumerRecord<byte[], byte[]>> each) {
        long deadline = System.nanoTime() + LONGEST_READING.toNanos();
        long records = 0;
        try (TopicFollower follower = new TopicFollower(bootstrapServers, topic)) {
            while (true) {
                List<ConsumerRecord<byte[], byte[]>> polled = follower.poll(Duration.ofMillis(100));
                polled.forEach(each);
                records += polled.size();
                if (polled.isEmpty() && follower.isAtEnd()) {
                    return records;
                }
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(topic + ": a transaction is still open, or reading takes too long");
                }
            }
        }
    }

    /** The order of a round: nothing always runs right after the same other thing, or always last. */
    static <T> List<T> order(List<T> all, int round, int rounds) {
        List<T> order = new ArrayList<>(all);
        Collections.rotate(order, -(round - 1) * Math.max(1, order.size() / rounds));
        return order;
    }

    /** A line of progress, with the time since the start. */
    void say(String line) {
        progress.say(line);
    }

    @Override
    public void close() {
        folder.close();
    }
}
