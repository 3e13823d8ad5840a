package dev.flinkcookbook.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Preloads the topics, runs every variant in every round, weighs the state, and reports. */
final class DeduplicationBenchmark {

    /** Of the approximate strategy's outputs: twice the rate of false positives that the recipe promises by default. */
    private static final double LOST_AT_MOST = 2 * 0.0001;

    /** The share of the distinct ids over which the rate at a number of ids is taken. */
    private static final int WINDOW = 10;

    private final DeduplicationFlags flags;
    private final String[] arguments;
    private final PrintStream out;
    private final PrintStream progress;
    private final Results results = new Results();

    private Workbench bench;
    private Path clientProperties;
    private int runsLeft;

    DeduplicationBenchmark(DeduplicationFlags flags, String[] arguments, PrintStream out, PrintStream progress) {
        this.flags = flags;
        this.arguments = arguments;
        this.out = out;
        this.progress = progress;
    }

    /** @throws IllegalStateException a run failed, or its outputs are wrong */
    void run() throws Exception {
        try (Workbench opened = Workbench.opened(progress)) {
            bench = opened;
            clientProperties =
                    bench.clientProperties("client", flags.tunedSink() ? ClientProperties.TUNED_SINK : Map.of());
            measure();
            report();
        }
    }

    private void measure() throws Exception {
        List<Variant> weighed = flags.measuresState()
                ? flags.variants().stream().filter(Variant::hasStateOfItsOwn).toList()
                : List.of();
        runsLeft = flags.rounds() * flags.variants().size()
                + weighed.size() * flags.ids().size();
        PaymentTopic topic = fill(flags.records());
        for (int round = 1; round <= flags.rounds(); round++) {
            for (Variant variant : Workbench.order(flags.variants(), round, flags.rounds())) {
                time(variant, round, topic);
            }
        }
        if (!weighed.isEmpty()) {
            weigh(weighed, topic);
        }
    }

    private PaymentTopic fill(long records) throws Exception {
        bench.say("filling a topic with " + Numbers.whole(records) + " records");
        return PaymentTopic.filled(
                bench.bootstrapServers(), records, flags.idPosition() == DeduplicationFlags.IdPosition.LAST);
    }

    private void time(Variant variant, int round, PaymentTopic topic) throws Exception {
        WorkerTask task = newTask(variant, topic, WorkerTask.Work.TO_THE_END);
        Worker.Outcome outcome = Worker.run(bench.folder(), task);
        if (round == 1) {
            verify(variant, topic, task.outputTopic());
        }
        bench.deleteOutputs(task);
        double steady = outcome.intake().steadyRate(topic.records());
        results.add(
                variant,
                new Measurement(
                        steady, outcome.wallSeconds(), outcome.cpuSeconds(), rates(outcome.intake(), topic.ids())));
        runsLeft--;
        bench.say("round %d of %d: %s, %s records/s, wall %s s, %d run%s left"
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
        long written = bench.readCommitted(outputTopic, record -> {});
        if (written < least || written > expected) {
            throw new IllegalStateException("%s wrote %d records, expected %d".formatted(variant, written, expected));
        }
    }

    /** A run for each variant and number of ids: it is not timed. */
    private void weigh(List<Variant> variants, PaymentTopic timed) throws Exception {
        for (long ids : flags.ids()) {
            long records = PaymentTopic.recordsFor(ids);
            boolean sameTopic = ids == timed.ids();
            PaymentTopic topic = sameTopic ? timed : fill(records);
            for (Variant variant : variants) {
                WorkerTask task = newTask(variant, topic, WorkerTask.Work.WEIGH_STATE);
                long bytes = Worker.run(bench.folder(), task).stateBytes();
                bench.deleteOutputs(task);
                results.addState(variant, ids, bytes);
                runsLeft--;
                bench.say("state: %s, %s ids, %s bytes per id, %d run%s left"
                        .formatted(
                                variant,
                                Numbers.whole(ids),
                                Numbers.oneDigit(bytes / (double) ids),
                                runsLeft,
                                runsLeft == 1 ? "" : "s"));
            }
            if (!sameTopic) {
                bench.deleteTopic(topic.name());
            }
        }
    }

    private WorkerTask newTask(Variant variant, PaymentTopic topic, WorkerTask.Work work) throws IOException {
        String output = bench.newTopic(variant.toString());
        return new WorkerTask(
                variant,
                work,
                bench.bootstrapServers(),
                topic.name(),
                output,
                topic.records(),
                topic.ids(),
                WorkerTask.CHECKPOINT_INTERVAL,
                clientProperties,
                flags.objectReuse(),
                bench.folder().subfolder(output),
                List.of());
    }

    private void report() throws IOException {
        DeduplicationReport report = new DeduplicationReport(flags, arguments, results);
        out.print(report.text(Optional.empty()));
        if (flags.output().isPresent()) {
            report.write(flags.output().get());
            bench.say("written: " + flags.output().get());
        }
    }
}
