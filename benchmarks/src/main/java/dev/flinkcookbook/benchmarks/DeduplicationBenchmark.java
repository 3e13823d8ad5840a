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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Preloads the topics, runs every variant in every round, weighs the state, and reports. */
final class DeduplicationBenchmark {
    private static final String BROKER_HEAP = "1g";
    private static final String BROKER_READY = "ready bootstrap=";
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** Of the approximate strategy's outputs: twice the rate of false positives that the recipe promises by default. */
    private static final double LOST_AT_MOST = 2 * 0.0001;

    /** The share of the distinct ids over which the rate at a number of ids is taken. */
    private static final int WINDOW = 10;

    private final DeduplicationFlags flags;
    private final String[] arguments;
    private final PrintStream out;
    private final PrintStream progress;
    private final long started = System.nanoTime();
    private final Results results = new Results();

    private RunFolder runs;
    private Path clientProperties;
    private String bootstrapServers;
    private int runsLeft;
    private int runNumber;

    DeduplicationBenchmark(DeduplicationFlags flags, String[] arguments, PrintStream out, PrintStream progress) {
        this.flags = flags;
        this.arguments = arguments;
        this.out = out;
        this.progress = progress;
    }

    /** @throws IllegalStateException a run failed, or its outputs are wrong */
    void run() throws Exception {
        try (RunFolder folder = RunFolder.created()) {
            runs = folder;
            clientProperties = folder.file("client.properties");
            ClientProperties.write(clientProperties, flags.tunedSink() ? ClientProperties.TUNED_SINK : Map.of());
            bootstrapServers = startBroker();
            measure();
        }
        report();
    }

    private String startBroker() throws IOException {
        Path folder = runs.subfolder("broker");
        ChildJvm broker =
                runs.start(ChildJvm.of(KafkaCommand.class).heap(BROKER_HEAP).arguments("--port", "0"), folder);
        return broker.awaitLine(BROKER_READY, PATIENCE).substring(BROKER_READY.length());
    }

    private void measure() throws Exception {
        List<Variant> weighed = flags.measuresState()
                ? flags.variants().stream().filter(Variant::hasStateOfItsOwn).toList()
                : List.of();
        runsLeft = flags.rounds() * flags.variants().size()
                + weighed.size() * flags.ids().size();
        PaymentTopic topic = fill(flags.records());
        for (int round = 1; round <= flags.rounds(); round++) {
            // Rotated: no variant always runs right after the same other one, or always last.
            List<Variant> order = new ArrayList<>(flags.variants());
            Collections.rotate(order, -(round - 1) * Math.max(1, order.size() / flags.rounds()));
            for (Variant variant : order) {
                time(variant, round, topic);
            }
        }
        if (!weighed.isEmpty()) {
            weigh(weighed, topic);
        }
    }

    private PaymentTopic fill(long records) throws Exception {
        say("filling a topic with " + Numbers.whole(records) + " records");
        return PaymentTopic.filled(bootstrapServers, records, flags.idPosition() == DeduplicationFlags.IdPosition.LAST);
    }

    private void time(Variant variant, int round, PaymentTopic topic) throws Exception {
        WorkerTask task = newTask(variant, topic, false);
        Worker.Outcome outcome = Worker.run(runs, task);
        if (outcome.intake().last() != topic.records()) {
            throw new IllegalStateException("%s took in %d records of %d"
                    .formatted(variant, outcome.intake().last(), topic.records()));
        }
        if (round == 1) {
            verify(variant, topic, task.outputTopic());
        }
        deleteOutputs(task);
        double steady = outcome.intake().steadyRate(topic.records());
        results.add(
                variant,
                new Measurement(
                        steady, outcome.wallSeconds(), outcome.cpuSeconds(), rates(outcome.intake(), topic.ids())));
        runsLeft--;
        say("round %d of %d: %s, %s records/s, wall %s s, %d run%s left"
                .formatted(
                        round,
                        flags.rounds(),
                        variant,
                        Numbers.whole(steady),
                        Numbers.oneDigit(outcome.wallSeconds()),
                        runsLeft,
                        runsLeft == 1 ? "" : "s"));
    }

    private Map<Long, Double> rates(IntakeCurve intake, long distinct) {
        Map<Long, Double> rates = new HashMap<>();
        for (long ids : flags.ids()) {
            long from = ids - distinct / WINDOW;
            if (ids <= distinct && from > 0) {
                rates.put(ids, intake.rate(PaymentTopic.recordsFor(from), PaymentTopic.recordsFor(ids)));
            }
        }
        return rates;
    }

    private void verify(Variant variant, PaymentTopic topic, String outputTopic) {
        long expected = variant.deduplicates() ? topic.ids() : topic.records();
        long least = variant == Variant.RECIPE_APPROXIMATE
                ? (long) Math.floor(expected * (1 - LOST_AT_MOST)) - 10
                : expected;
        long written = committed(outputTopic);
        if (written < least || written > expected) {
            throw new IllegalStateException("%s wrote %d records, expected %d".formatted(variant, written, expected));
        }
    }

    private long committed(String topic) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        long records = 0;
        try (TopicFollower follower = new TopicFollower(bootstrapServers, topic)) {
            while (true) {
                int polled = follower.poll(Duration.ofMillis(100)).size();
                records += polled;
                if (polled == 0 && follower.isAtEnd()) {
                    return records;
                }
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(topic + ": a transaction is still open, or reading takes too long");
                }
            }
        }
    }

    /** A run for each variant and number of ids: it is not timed. */
    private void weigh(List<Variant> variants, PaymentTopic timed) throws Exception {
        for (long ids : flags.ids()) {
            long records = PaymentTopic.recordsFor(ids);
            boolean sameTopic = ids == timed.ids();
            PaymentTopic topic = sameTopic ? timed : fill(records);
            for (Variant variant : variants) {
                WorkerTask task = newTask(variant, topic, true);
                long bytes = Worker.run(runs, task).stateBytes();
                deleteOutputs(task);
                results.addState(variant, ids, bytes);
                runsLeft--;
                say("state: %s, %s ids, %s bytes per id, %d run%s left"
                        .formatted(
                                variant,
                                Numbers.whole(ids),
                                Numbers.oneDigit(bytes / (double) ids),
                                runsLeft,
                                runsLeft == 1 ? "" : "s"));
            }
            if (!sameTopic) {
                Topics.delete(bootstrapServers, topic.name());
            }
        }
    }

    private WorkerTask newTask(Variant variant, PaymentTopic topic, boolean savepoint) throws IOException {
        String name = variant + "-" + ++runNumber;
        // Deleted files go at once and not after Kafka's minute: the disk holds one run's output, not all of them.
        Topics.create(bootstrapServers, name, PaymentTopic.PARTITIONS, Map.of("file.delete.delay.ms", "100"));
        return new WorkerTask(
                variant,
                bootstrapServers,
                topic.name(),
                name,
                topic.records(),
                topic.ids(),
                clientProperties,
                flags.objectReuse(),
                savepoint,
                runs.subfolder(name));
    }

    private void deleteOutputs(WorkerTask task) {
        Topics.delete(bootstrapServers, task.outputTopic());
        if (Topics.exists(bootstrapServers, task.deadLetterTopic())) {
            Topics.delete(bootstrapServers, task.deadLetterTopic());
        }
    }

    private void report() throws IOException {
        DeduplicationReport report = new DeduplicationReport(flags, command(), results);
        out.print(report.text(Optional.empty()));
        if (flags.output().isPresent()) {
            report.write(flags.output().get());
            say("written: " + flags.output().get());
        }
    }

    /** As it was typed, without the file that it writes: that belongs to the machine. */
    private String command() {
        List<String> words = new ArrayList<>(List.of("./cookbook", "bench"));
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals("--output")) {
                i++;
            } else if (!arguments[i].startsWith("--output=")) {
                words.add(arguments[i]);
            }
        }
        return String.join(" ", words);
    }

    private void say(String line) {
        Duration elapsed = Duration.ofNanos(System.nanoTime() - started);
        progress.printf("%3d:%02d %s%n", elapsed.toMinutes(), elapsed.toSecondsPart(), line);
    }
}
