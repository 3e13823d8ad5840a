package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.benchmarks.LatencyResults.Sustained;
import dev.flinkcookbook.measuringlatency.LatencyHistogram;
import dev.flinkcookbook.measuringlatency.Stage;
import dev.flinkcookbook.measuringlatency.StageLatencies;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Measures each setting under a paced load, looks for the load that it sustains, weighs the meters, and reports. */
final class LatencyBenchmark {

    /** Those whose highest rate is looked for. */
    private static final List<LatencySetting> SEARCHED =
            List.of(LatencySetting.EXACTLY_ONCE_1S, LatencySetting.AT_LEAST_ONCE, LatencySetting.WINDOW);

    private static final int LOWEST_RATE = 10_000;
    private static final double STEP = 1.5;
    private static final int HALVINGS = 2;
    private static final Duration TO_SETTLE = Duration.ofSeconds(5);
    private static final Duration TO_JUDGE = Duration.ofSeconds(5);

    /** State is accessed there, so that each meter has something to measure. */
    private static final LatencySetting WEIGHED = LatencySetting.WINDOW;

    static final int WEIGHED_RATE = 10_000;
    /** In the first seconds the compiler takes more of the processors than the job. */
    private static final Duration WEIGHED_WARM_UP = Duration.ofSeconds(30);

    private static final Duration WEIGHED_TIME = Duration.ofSeconds(20);

    private final LatencyFlags flags;
    private final String[] arguments;
    private final PrintStream out;
    private final PrintStream progress;
    private final LatencyResults results = new LatencyResults();
    private Workbench bench;

    LatencyBenchmark(LatencyFlags flags, String[] arguments, PrintStream out, PrintStream progress) {
        this.flags = flags;
        this.arguments = arguments;
        this.out = out;
        this.progress = progress;
    }

    /** How late 99 of 100 events may be seen for a rate to be sustained: an interval between checkpoints, and a second. */
    static Duration bound(LatencySetting setting) {
        return setting.isExactlyOnce() ? setting.interval().plusSeconds(1) : Duration.ofSeconds(1);
    }

    /** @throws IllegalStateException a run failed, lost an event or repeated one */
    void run() throws Exception {
        try (Workbench opened = Workbench.opened(progress)) {
            bench = opened;
            measureLatencies();
            if (flags.isSearched()) {
                for (LatencySetting setting : flags.settings()) {
                    if (SEARCHED.contains(setting)) {
                        results.add(setting, search(setting));
                    }
                }
            }
            weighMeters();
            report();
        }
    }

    private void measureLatencies() throws Exception {
        for (int round = 1; round <= flags.rounds(); round++) {
            for (LatencySetting setting : Workbench.order(flags.settings(), round, flags.rounds())) {
                StageLatencies latencies = LatencyRun.during(
                        bench,
                        setting,
                        Map.of(),
                        List.of(),
                        run -> run.measure(flags.rate(), flags.warmUp(), flags.measured())
                                .latencies());
                results.add(setting, latencies);
                LatencyHistogram endToEnd = latencies.of(Stage.END_TO_END);
                bench.say("round %d of %d: %s, end to end %s ms (p50), %s ms (p99)"
                        .formatted(
                                round,
                                flags.rounds(),
                                setting,
                                Numbers.whole(endToEnd.percentile(50)),
                                Numbers.whole(endToEnd.percentile(99))));
            }
        }
    }

    /** Up by half each time until a rate is too high, then by halves between the last two; one job for all. */
    private Sustained search(LatencySetting setting) throws Exception {
        return LatencyRun.during(bench, setting, Map.of(), List.of(), run -> {
            run.measure(LOWEST_RATE, TO_SETTLE, TO_JUDGE); // Compiles the code.
            Sustained found = new Sustained(0, 0, 0, 0);
            int rate = LOWEST_RATE;
            int halvings = 0;
            while (halvings <= HALVINGS) {
                long p99 = run.measure(rate, TO_SETTLE, TO_JUDGE)
                        .latencies()
                        .of(Stage.END_TO_END)
                        .percentile(99);
                boolean bounded = p99 <= bound(setting).toMillis();
                bench.say("%s: %s events/s, p99 %s ms, %s"
                        .formatted(
                                setting,
                                Numbers.whole(rate),
                                Numbers.whole(p99),
                                bounded ? "sustained" : "not sustained"));
                found = bounded
                        ? new Sustained(rate, p99, found.refused(), found.refusedP99Millis())
                        : new Sustained(found.rate(), found.p99Millis(), rate, p99);
                if (found.refused() == 0) {
                    rate = (int) (rate * STEP);
                } else if (found.rate() == 0) {
                    return found; // Not even the lowest.
                } else {
                    halvings++;
                    rate = (int) Math.sqrt((double) found.rate() * found.refused());
                }
            }
            return found;
        });
    }

    private void weighMeters() throws Exception {
        for (int pair = 1; pair <= flags.pairs(); pair++) {
            for (LatencyMeter meter : Workbench.order(List.of(LatencyMeter.values()), pair, flags.pairs())) {
                double cpuSeconds = LatencyRun.during(
                        bench,
                        WEIGHED,
                        meter.flinkOptions(),
                        meter.jobFlags(),
                        run -> run.measure(WEIGHED_RATE, WEIGHED_WARM_UP, WEIGHED_TIME)
                                .cpuSeconds());
                double perMillion = cpuSeconds * 1e6 / (WEIGHED_RATE * WEIGHED_TIME.toSeconds());
                results.add(meter, perMillion);
                bench.say("pair %d of %d: %s, %s processor seconds per million events"
                        .formatted(pair, flags.pairs(), meter.label(), Numbers.oneDigit(perMillion)));
            }
        }
    }

    private void report() throws IOException {
        LatencyReport report = new LatencyReport(flags, arguments, results);
        out.print(report.text(Optional.empty()));
        if (flags.output().isPresent()) {
            report.write(flags.output().get());
            bench.say("written: " + flags.output().get());
        }
    }
}
