package dev.flinkcookbook.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Fills a table's topic, lets every variant read it in every round, weighs the state, and reports. */
final class ChangeDataCaptureBenchmark {

    private static final String ORDERS = ".orders";

    /** The job reads three tables; two of them are empty. */
    private static final List<String> TABLES = List.of(ORDERS, ".customers", ".order_lines");

    private final ChangeDataCaptureFlags flags;
    private final String[] arguments;
    private final PrintStream out;
    private final PrintStream progress;
    private final Results results = new Results();

    private Workbench bench;
    private Path clientProperties;
    private String base;
    private ChangeTopic topic;
    private int runsLeft;

    ChangeDataCaptureBenchmark(
            ChangeDataCaptureFlags flags, String[] arguments, PrintStream out, PrintStream progress) {
        this.flags = flags;
        this.arguments = arguments;
        this.out = out;
        this.progress = progress;
    }

    /** @throws IllegalStateException a run failed, or its outputs are wrong */
    void run() throws Exception {
        try (Workbench opened = Workbench.opened(progress)) {
            bench = opened;
            clientProperties = bench.clientProperties("client", Map.of());
            measure();
            report();
        }
    }

    private void measure() throws Exception {
        List<Variant> weighed = flags.measuresState()
                ? flags.variants().stream().filter(Variant::keepsRows).toList()
                : List.of();
        runsLeft = flags.rounds() * flags.variants().size() + weighed.size();
        bench.say("filling a topic with " + Numbers.whole(flags.records()) + " records");
        base = bench.newName("shop") + ".public";
        TABLES.forEach(table -> bench.createTopic(base + table));
        topic = ChangeTopic.filled(bench.bootstrapServers(), base + ORDERS, flags.records());
        for (int round = 1; round <= flags.rounds(); round++) {
            for (Variant variant : Workbench.order(flags.variants(), round, flags.rounds())) {
                time(variant, round);
            }
        }
        for (Variant variant : weighed) {
            weigh(variant);
        }
    }

    private void time(Variant variant, int round) throws Exception {
        WorkerTask task = newTask(variant, WorkerTask.Work.TO_THE_END);
        Worker.Outcome outcome = Worker.run(bench.folder(), task);
        if (round == 1) {
            verify(task);
        }
        deleteOutputs(task);
        double steady = outcome.intake().steadyRate(topic.records());
        results.add(variant, new Measurement(steady, outcome.wallSeconds(), outcome.cpuSeconds(), Map.of()));
        sayDone("round %d of %d: %s, %s records/s, wall %s s"
                .formatted(
                        round,
                        flags.rounds(),
                        variant,
                        Numbers.whole(steady),
                        Numbers.oneDigit(outcome.wallSeconds())));
    }

    /** Whoever reads the output as a compacted topic must find the table. A copy has Debezium's own tombstones. */
    private void verify(WorkerTask task) {
        NewestRows newest = new NewestRows(topic.rows());
        bench.readCommitted(outputOf(task), newest::add);
        try {
            newest.require(topic.newest());
        } catch (IllegalStateException e) {
            throw new IllegalStateException(task.variant() + ": " + e.getMessage(), e);
        }
    }

    private void weigh(Variant variant) throws Exception {
        WorkerTask task = newTask(variant, WorkerTask.Work.WEIGH_STATE);
        long bytes = Worker.run(bench.folder(), task).stateBytes();
        deleteOutputs(task);
        results.addState(variant, topic.rows(), bytes);
        sayDone("state: %s, %s bytes per row".formatted(variant, Numbers.oneDigit(bytes / (double) topic.rows())));
    }

    private WorkerTask newTask(Variant variant, WorkerTask.Work work) throws IOException {
        String output = bench.newTopic(variant.toString());
        return new WorkerTask(
                variant,
                work,
                bench.bootstrapServers(),
                isRecipe(variant) ? base : topic.name(),
                output,
                topic.records(),
                topic.rows(),
                WorkerTask.CHECKPOINT_INTERVAL,
                clientProperties,
                false,
                bench.folder().subfolder(output),
                List.of());
    }

    /** It reads several topics, and writes several. */
    private static boolean isRecipe(Variant variant) {
        return variant.engine() == Variant.Engine.VIEW;
    }

    private static String outputOf(WorkerTask task) {
        return isRecipe(task.variant()) ? task.outputTopic() + ORDERS : task.outputTopic();
    }

    private void deleteOutputs(WorkerTask task) {
        bench.deleteOutputs(task);
        TABLES.forEach(table -> bench.deleteTopic(task.outputTopic() + table));
    }

    private void sayDone(String what) {
        runsLeft--;
        bench.say(what + ", %d run%s left".formatted(runsLeft, runsLeft == 1 ? "" : "s"));
    }

    private void report() throws IOException {
        ChangeDataCaptureReport report =
                new ChangeDataCaptureReport(flags, arguments, results, topic.bytes() / topic.records());
        out.print(report.text(Optional.empty()));
        if (flags.output().isPresent()) {
            report.write(flags.output().get());
            bench.say("written: " + flags.output().get());
        }
    }
}
