package dev.flinkcookbook.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** Times every variant on a full topic, then lets the windows run with each bound under a load that is late, and reports. */
final class LateDataBenchmark {

    /** As the SQL has it; nothing is refined, since it does not either. */
    private static final List<String> AS_SQL =
            List.of("--window", "1m", "--out-of-orderness", "10s", "--allowed-lateness", "0ms");

    private static final Duration WARM_UP = Duration.ofSeconds(20);
    private static final Duration QUICK_WARM_UP = Duration.ofSeconds(5);

    /** From the sender's start to its first reading. */
    private static final Duration LEAD = Duration.ofSeconds(1);

    /** For the last results: a checkpoint, its commit, and a busy machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final LateDataFlags flags;
    private final String[] arguments;
    private final PrintStream out;
    private final PrintStream progress;
    private final Results results = new Results();
    private final List<BoundResult> ofBounds = new ArrayList<>();

    private Workbench bench;
    private Path clientProperties;
    private int runsLeft;

    LateDataBenchmark(LateDataFlags flags, String[] arguments, PrintStream out, PrintStream progress) {
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
            runsLeft = flags.rounds() * flags.variants().size() + flags.bounds().size();
            if (!flags.variants().isEmpty()) {
                measureThroughput();
            }
            for (Duration bound : flags.bounds()) {
                tryBound(bound);
            }
            report();
        }
    }

    private void measureThroughput() throws Exception {
        bench.say("filling a topic with " + Numbers.whole(flags.records()) + " readings");
        ReadingTopic topic = ReadingTopic.filled(bench.bootstrapServers(), bench.newTopic("readings"), flags.records());
        for (int round = 1; round <= flags.rounds(); round++) {
            for (Variant variant : Workbench.order(flags.variants(), round, flags.rounds())) {
                time(variant, round, topic);
            }
        }
        bench.deleteTopic(topic.name());
    }

    private void time(Variant variant, int round, ReadingTopic topic) throws Exception {
        WorkerTask task = newTask(variant, WorkerTask.Work.TO_THE_END, topic.name(), topic.records(), AS_SQL);
        Worker.Outcome outcome = Worker.run(bench.folder(), task);
        if (round == 1) {
            verify(variant, topic, task);
        }
        bench.deleteOutputs(task);
        double steady = outcome.intake().steadyRate(topic.records());
        results.add(variant, new Measurement(steady, outcome.wallSeconds(), outcome.cpuSeconds(), Map.of()));
        sayDone("round %d of %d: %s, %s readings/s, wall %s s"
                .formatted(
                        round,
                        flags.rounds(),
                        variant,
                        Numbers.whole(steady),
                        Numbers.oneDigit(outcome.wallSeconds())));
    }

    private void verify(Variant variant, ReadingTopic topic, WorkerTask task) {
        if (!variant.sumsUp()) {
            requireBetween(
                    variant, topic.records(), bench.readCommitted(task.outputTopic(), copy -> {}), topic.records());
            return;
        }
        AtomicLong counted = new AtomicLong();
        bench.readCommitted(task.outputTopic(), result -> counted.addAndGet(ReadingDocument.countIn(result.value())));
        if (variant.engine() == Variant.Engine.WINDOWS) {
            long late = bench.readCommitted(task.lateTopic(), record -> {});
            requireBetween(variant, 0, late, topic.late());
            requireBetween(variant, topic.records(), counted.get() + late, topic.records());
        } else {
            requireBetween(variant, topic.records() - topic.late(), counted.get(), topic.records());
        }
    }

    private static void requireBetween(Variant variant, long least, long counted, long most) {
        if (counted < least || counted > most) {
            throw new IllegalStateException(
                    "%s accounts for %d readings, expected %d to %d".formatted(variant, counted, least, most));
        }
    }

    private void tryBound(Duration bound) throws Exception {
        String input = bench.newTopic("readings");
        WorkerTask task = newTask(
                Variant.WINDOWS_HASHMAP,
                WorkerTask.Work.UNTIL_KILLED,
                input,
                0,
                List.of(
                        "--window",
                        LateDataFlags.WINDOW.toMillis() + "ms",
                        "--out-of-orderness",
                        bound.toMillis() + "ms",
                        "--allowed-lateness",
                        "0ms"));
        BoundResult result = Worker.during(bench.folder(), task, isAlive -> observe(bound, task, isAlive));
        ofBounds.add(result);
        bench.deleteOutputs(task);
        bench.deleteTopic(input);
        sayDone("bound %d ms: %.3f %% in the first result, visible after %s ms, state %s bytes"
                .formatted(
                        bound.toMillis(),
                        100 * result.completeness(),
                        Numbers.whole(result.visibleMillis()),
                        Numbers.whole(result.stateBytes())));
    }

    private BoundResult observe(Duration bound, WorkerTask task, BooleanSupplier isAlive) throws Exception {
        long start = System.currentTimeMillis() + LEAD.toMillis();
        // A window's state is at its largest when the bound has passed since the first reading.
        long warm =
                start + (flags.quick() ? QUICK_WARM_UP : WARM_UP).plus(bound).toMillis();
        // Whole windows: what stands at the edges of others is not looked at.
        long window = LateDataFlags.WINDOW.toMillis();
        long from = (warm / window + 1) * window;
        long to = from + flags.measured().toMillis() / window * window;
        // Readings go on until the watermark has passed the last of the windows.
        long end = to + bound.plus(LateDataFlags.WINDOW).toMillis();
        LateLoad load = new LateLoad(start, flags.rate(), flags.lateness(), Duration.ofMillis(end - start));
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<?> sent = thread.submit(() -> {
                load.send(bench.bootstrapServers(), task.inputTopic());
                return null;
            });
            BoundResult result = new BoundObserver(bound, load, from, to)
                    .observe(
                            bench.bootstrapServers(),
                            task.outputTopic(),
                            task.folder(),
                            end + PATIENCE.toMillis(),
                            isAlive);
            sent.get();
            return result;
        } finally {
            thread.shutdownNow();
        }
    }

    private WorkerTask newTask(
            Variant variant, WorkerTask.Work work, String inputTopic, long records, List<String> jobFlags)
            throws IOException {
        String output = bench.newTopic(variant.toString());
        return new WorkerTask(
                variant,
                work,
                bench.bootstrapServers(),
                inputTopic,
                output,
                records,
                records,
                WorkerTask.CHECKPOINT_INTERVAL,
                clientProperties,
                false,
                bench.folder().subfolder(output),
                variant.engine() == Variant.Engine.WINDOWS ? jobFlags : List.of());
    }

    private void sayDone(String what) {
        runsLeft--;
        bench.say(what + ", %d run%s left".formatted(runsLeft, runsLeft == 1 ? "" : "s"));
    }

    private void report() throws IOException {
        LateDataReport report = new LateDataReport(flags, arguments, results, ofBounds);
        out.print(report.text(Optional.empty(), Optional.empty()));
        if (flags.output().isPresent()) {
            report.write(flags.output().get());
            bench.say("written: " + flags.output().get());
        }
    }
}
