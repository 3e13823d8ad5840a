package dev.flinkcookbook.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/** The times until entries became visible, by what ran and round. */
final class Visibility {
    private static final double P99 = 99;

    private final Map<PacedSetting, List<Histogram>> rounds = new LinkedHashMap<>();

    /** To be called once for each setting in each round. */
    void add(PacedSetting setting, Histogram micros) {
        rounds.computeIfAbsent(setting, unused -> new ArrayList<>()).add(micros);
    }

    boolean has(PacedSetting setting) {
        return rounds.containsKey(setting);
    }

    /** How many entries were measured in all rounds together. */
    long entries(PacedSetting setting) {
        return rounds.get(setting).stream().mapToLong(Histogram::getTotalCount).sum();
    }

    /**
     * A percentile over all entries of all rounds (not the median of the rounds), with its least and greatest within one
     * round.
     */
    Spread millis(PacedSetting setting, double percentile) {
        Histogram all = new Histogram(3);
        rounds.get(setting).forEach(all::add);
        Spread byRound = Spread.of(rounds.get(setting).stream()
                .map(micros -> millis(micros, percentile))
                .toList());
        return new Spread(millis(all, percentile), byRound.least(), byRound.greatest());
    }

    private static double millis(Histogram micros, double percentile) {
        return micros.getValueAtPercentile(percentile) / 1e3;
    }

    /** The 99th percentile in intervals; empty if it was not measured. */
    Optional<Spread> p99InIntervals(Variant variant, Duration interval) {
        PacedSetting setting = PacedSetting.of(variant, interval);
        if (!has(setting)) {
            return Optional.empty();
        }
        Spread p99 = millis(setting, P99);
        double each = interval.toMillis();
        return Optional.of(new Spread(p99.median() / each, p99.least() / each, p99.greatest() / each));
    }

    /** The one's 99th percentile over the other's; empty if one was not measured. */
    Optional<Spread> p99Ratio(Variant variant, Variant against, Duration interval) {
        PacedSetting one = PacedSetting.of(variant, interval);
        PacedSetting other = PacedSetting.of(against, interval);
        if (!has(one) || !has(other)) {
            return Optional.empty();
        }
        Spread byRound = Spread.of(IntStream.range(0, rounds.get(one).size())
                .mapToObj(round -> millis(rounds.get(one).get(round), P99)
                        / millis(rounds.get(other).get(round), P99))
                .toList());
        double ratio = millis(one, P99).median() / millis(other, P99).median();
        return Optional.of(new Spread(ratio, byRound.least(), byRound.greatest()));
    }
}
