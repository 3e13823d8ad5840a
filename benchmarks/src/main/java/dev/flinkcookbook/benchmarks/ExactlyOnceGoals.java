package dev.flinkcookbook.benchmarks;

import java.time.Duration;
import java.util.List;

/** What the recipe must reach: the price of the guarantee, in throughput and in time. */
final class ExactlyOnceGoals {

    private ExactlyOnceGoals() {}

    static List<Goal> of(Results results, Visibility visibility) {
        return List.of(
                Goal.floor(
                        "rate, stateful, two outputs per input",
                        "the same job at-least-once",
                        0.8,
                        0.95,
                        results.steadyRatio(Variant.LEDGER, Variant.LEDGER_AT_LEAST_ONCE)),
                ofInterval(visibility, Duration.ofSeconds(1), "1 s"),
                ofInterval(visibility, Duration.ofSeconds(10), "10 s"),
                Goal.ceiling(
                        "p99 until visible, checkpoint interval 100 ms",
                        "pass-through, exactly-once",
                        1.3,
                        1.1,
                        visibility.p99Ratio(Variant.LEDGER, Variant.PASS_THROUGH, Duration.ofMillis(100))));
    }

    private static Goal ofInterval(Visibility visibility, Duration interval, String text) {
        return Goal.ceiling(
                "p99 until visible, checkpoint interval " + text,
                "the interval",
                1.3,
                1.1,
                visibility.p99InIntervals(Variant.LEDGER, interval));
    }
}
