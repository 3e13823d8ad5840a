package dev.flinkcookbook.testbed;

import static dev.flinkcookbook.testbed.AdminClients.answer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Follows a scenario's topics in a thread of its own, while brokers come and go, and tells its oracle what is there. */
final class Audit implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(50);

    private final Scenario scenario;
    private final List<TopicFollower> inputs = new ArrayList<>();
    private final List<TopicFollower> outputs = new ArrayList<>();
    private final Admin admin;
    private final Map<TopicPartition, Long> endOfInput = new HashMap<>();
    private final CompletableFuture<Void> failure = new CompletableFuture<>();
    private final Thread thread;
    private volatile boolean closed;
    private long delivered;

    Audit(String bootstrapServers, Scenario scenario) {
        this.scenario = scenario;
        scenario.topics().inputs().forEach(topic -> inputs.add(new TopicFollower(bootstrapServers, topic)));
        scenario.topics().outputs().forEach(topic -> outputs.add(new TopicFollower(bootstrapServers, topic)));
        admin = AdminClients.open(bootstrapServers);
        thread = new Thread(this::follow, "audit");
        thread.setDaemon(true);
        thread.start();
    }

    private void follow() {
        try {
            while (!closed) {
                pollOnce();
            }
        } catch (Throwable e) {
            failure.completeExceptionally(e);
        }
    }

    private synchronized void pollOnce() {
        for (TopicFollower input : inputs) {
            for (ConsumerRecord<byte[], byte[]> record : input.poll(POLL)) {
                scenario.input(record);
                endOfInput.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
            }
        }
        for (TopicFollower output : outputs) {
            for (ConsumerRecord<byte[], byte[]> record : output.poll(POLL)) {
                scenario.output(record);
                delivered += output == outputs.get(0) ? 1 : 0;
            }
        }
    }

    /** What the oracle says by now. */
    synchronized Verdict verdict() {
        failure.getNow(null); // Throws what the oracle has thrown.
        return scenario.verdict();
    }

    /** Records of the main output so far. */
    synchronized long delivered() {
        return delivered;
    }

    /** Whether all input was seen and processed: nothing is missing, or the job has read everything and it will not come. */
    synchronized boolean isInputDone() {
        failure.getNow(null);
        return inputs.stream().allMatch(TopicFollower::isAtEnd) && isDone(scenario, endOfInput, admin);
    }

    /** The scenario knows, or the source has committed the end of its input: what is still missing will not come. */
    static boolean isDone(Scenario scenario, Map<TopicPartition, Long> end, Admin admin) {
        // The second takes up to ten seconds on an idle topic: the offsets wait for the consumer's poll to end.
        return scenario.hasReadAll() || hasCommitted(end, scenario.topics().groupId(), admin);
    }

    private static boolean hasCommitted(Map<TopicPartition, Long> end, String groupId, Admin admin) {
        Map<TopicPartition, OffsetAndMetadata> committed =
                answer(admin.listConsumerGroupOffsets(groupId).partitionsToOffsetAndMetadata());
        return end.entrySet().stream()
                .allMatch(wanted -> committed.get(wanted.getKey()) != null
                        && committed.get(wanted.getKey()).offset() >= wanted.getValue());
    }

    /** Whether everything committed was seen and no transaction is open. */
    synchronized boolean isOutputDone() {
        failure.getNow(null);
        return outputs.stream().allMatch(TopicFollower::isAtEnd);
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        inputs.forEach(TopicFollower::close);
        outputs.forEach(TopicFollower::close);
        admin.close();
    }
}
