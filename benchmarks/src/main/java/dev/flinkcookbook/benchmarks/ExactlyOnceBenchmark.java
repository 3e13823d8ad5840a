package dev.flinkcookbook.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/** Times every variant on a full topic, then measures the times until visible under a paced load, and reports. */
final class ExactlyOnceBenchmark {

    /** From the sender's start to its first record: the consumer is there before it. */
    private static final Duration LEAD = Duration.ofSeconds(1);

    /** For the last entries, beyond the interval: a late answer is an answer, and on a busy machine they are late. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final ExactlyOnceFlags flags;
    private final String[] arguments;
    private final PrintStream out;
    private final PrintStream progress;
    private final Results results = new Results();
    private final Visibility visibility = new Visibility();

    private Workbench bench;
    private Path asItComes;
    private Path setForLatency;
    private int runsLeft;

    ExactlyOnceBenchmark(ExactlyOnceFlags flags, String[] arguments, PrintStream out, PrintStream progress) {
        this.flags = flags;
        this.arguments = arguments;
        this.out = out;
        this.progress = progress;
    }

    /** @throws IllegalStateException a run failed, or its outputs are wrong */
    void run() throws Exception {
        try (Workbench opened = Workbench.opened(progress)) {
            bench = opened;
            asItComes = bench.clientProperties("client", Map.of());
            setForLatency = bench.clientProperties("set-for-latency", ClientProperties.NO_LINGER);
            runsLeft = flags.rounds() * (flags.timed().size() + flags.paced().size());
            if (!flags.timed().isEmpty()) {
                measureThroughput();
            }
            measureVisibility();
            report();
        }
    }

    private void measureThroughput() throws Exception {
        bench.say("filling a topic with " + Numbers.whole(flags.records()) + " transfers");
        TransferTopic topic =
                TransferTopic.filled(bench.bootstrapServers(), bench.newTopic("transfers"), flags.records());
        for (int round = 1; round <= flags.rounds(); round++) {
            for (Variant variant : Workbench.order(flags.timed(), round, flags.rounds())) {
                time(variant, round, topic);
            }
        }
        bench.deleteTopic(topic.name());
    }

    private void time(Variant variant, int round, TransferTopic topic) throws Exception {
        WorkerTask task = newTask(
                variant, WorkerTask.Work.TO_THE_END, topic.name(), topic.records(), WorkerTask.CHECKPOINT_INTERVAL);
        Worker.Outcome outcome = Worker.run(bench.folder(), task);
        if (round == 1) {
            verify(variant, topic, task.outputTopic());
        }
        bench.deleteOutputs(task);
        double steady = outcome.intake().steadyRate(topic.records());
        results.add(variant, new Measurement(steady, outcome.wallSeconds(), outcome.cpuSeconds(), Map.of()));
        sayDone(
                round,
                "%s, %s transfers/s, wall %s s"
                        .formatted(variant, Numbers.whole(steady), Numbers.oneDigit(outcome.wallSeconds())));
    }

    private void verify(Variant variant, TransferTopic topic, String outputTopic) {
        try {
            EntryCount count = new EntryCount(topic.records(), variant.entriesPerTransfer());
            bench.readCommitted(outputTopic, record -> count.add(TransferDocument.numberOf(record.value())));
            count.requireComplete();
        } catch (IllegalStateException e) {
            throw new IllegalStateException(variant + ": " + e.getMessage(), e);
        }
    }

    private void measureVisibility() throws Exception {
        for (int round = 1; round <= flags.rounds(); round++) {
            for (PacedSetting setting : Workbench.order(flags.paced(), round, flags.rounds())) {
                Histogram micros = pace(setting);
                visibility.add(setting, micros);
                sayDone(
                        round,
                        "%s, visible after %s ms (p50), %s ms (p99)"
                                .formatted(
                                        setting,
                                        Numbers.oneDigit(micros.getValueAtPercentile(50) / 1e3),
                                        Numbers.oneDigit(micros.getValueAtPercentile(99) / 1e3)));
            }
        }
    }

    private Histogram pace(PacedSetting setting) throws Exception {
        String input = bench.newTopic("transfers");
        try {
            if (setting.interval().isEmpty()) {
                return observe(setting, input, input, () -> true);
            }
            WorkerTask task = newTask(
                    setting.variant(),
                    WorkerTask.Work.UNTIL_KILLED,
                    input,
                    0,
                    setting.interval().get());
            Histogram micros = Worker.during(
                    bench.folder(), task, isAlive -> observe(setting, input, task.outputTopic(), isAlive));
            bench.deleteOutputs(task);
            return micros;
        } finally {
            bench.deleteTopic(input);
        }
    }

    private Histogram observe(PacedSetting setting, String input, String output, BooleanSupplier isAlive)
            throws Exception {
        Instant start = Instant.now().plus(LEAD);
        PacedLoad load = new PacedLoad(start.toEpochMilli(), flags.rate(), flags.warmUp(), flags.measured());
        Instant atTheLatest = start.plus(flags.warmUp())
                .plus(flags.measured())
                .plus(setting.interval().orElse(Duration.ZERO))
                .plus(PATIENCE);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<?> sent = thread.submit(() -> {
                load.send(bench.bootstrapServers(), input);
                return null;
            });
            Histogram micros = new EntryReader(bench.bootstrapServers(), output, setting.variant(), load)
                    .read(atTheLatest, isAlive);
            sent.get();
            return micros;
        } finally {
            thread.shutdownNow();
        }
    }

    private WorkerTask newTask(
            Variant variant, WorkerTask.Work work, String inputTopic, long records, Duration checkpointInterval)
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
                checkpointInterval,
                variant == Variant.LEDGER_UPSERT ? setForLatency : asItComes,
                false,
                bench.folder().subfolder(output),
                List.of());
    }

    private void sayDone(int round, String what) {
        runsLeft--;
        bench.say("round %d of %d: %s, %d run%s left"
                .formatted(round, flags.rounds(), what, runsLeft, runsLeft == 1 ? "" : "s"));
    }

    private void report() throws IOException {
        ExactlyOnceReport report = new ExactlyOnceReport(flags, arguments, results, visibility);
        out.print(report.text(Optional.empty()));
        if (flags.output().isPresent()) {
            report.write(flags.output().get());
            bench.say("written: " + flags.output().get());
        }
    }
}
