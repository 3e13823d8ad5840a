package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.measuringlatency.LatencyHistogram;
import dev.flinkcookbook.measuringlatency.Stage;
import dev.flinkcookbook.measuringlatency.StageLatencies;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** What {@code bench latency} has found. */
final class LatencyResults {

    /**
     * The highest rate at which latency stayed bounded.
     *
     * @param p99Millis end to end at that rate
     * @param refused the lowest rate at which it did not; 0 if there was none
     * @param refusedP99Millis end to end at that one
     */
    record Sustained(int rate, long p99Millis, int refused, long refusedP99Millis) {}

    private final Map<LatencySetting, List<StageLatencies>> rounds = new EnumMap<>(LatencySetting.class);
    private final Map<LatencySetting, Sustained> sustained = new EnumMap<>(LatencySetting.class);
    private final Map<LatencyMeter, List<Double>> cpuSecondsPerMillion = new EnumMap<>(LatencyMeter.class);

    /** To be called once for each setting in each round. */
    void add(LatencySetting setting, StageLatencies latencies) {
        rounds.computeIfAbsent(setting, unused -> new ArrayList<>()).add(latencies);
    }

    void add(LatencySetting setting, Sustained found) {
        sustained.put(setting, found);
    }

    /** To be called once for each meter in each round. */
    void add(LatencyMeter meter, double cpuSeconds) {
        cpuSecondsPerMillion.computeIfAbsent(meter, unused -> new ArrayList<>()).add(cpuSeconds);
    }

    boolean has(LatencySetting setting) {
        return rounds.containsKey(setting);
    }

    Optional<Sustained> sustained(LatencySetting setting) {
        return Optional.ofNullable(sustained.get(setting));
    }

    /**
     * A percentile over all events of all rounds (not the median of the rounds), with its least and greatest within one round.
     */
    Spread millis(LatencySetting setting, Stage stage, double percentile) {
        StageLatencies all = new StageLatencies();
        rounds.get(setting).forEach(all::add);
        Spread byRound = Spread.of(rounds.get(setting).stream()
                .map(round -> (double) round.of(stage).percentile(percentile))
                .toList());
        return new Spread(all.of(stage).percentile(percentile), byRound.least(), byRound.greatest());
    }

    /** How many events were measured in all rounds together. */
    long events(LatencySetting setting) {
        return rounds.get(setting).stream()
                .map(round -> round.of(Stage.END_TO_END))
                .mapToLong(LatencyHistogram::count)
                .sum();
    }

    /** How many stages of events ended before they began, by two clocks that disagree. */
    long negatives() {
        return rounds.values().stream()
                .flatMap(List::stream)
                .flatMapToLong(round -> Arrays.stream(Stage.values())
                        .mapToLong(stage -> round.of(stage).negatives()))
                .sum();
    }

    Optional<Spread> cpuSeconds(LatencyMeter meter) {
        return Optional.ofNullable(cpuSecondsPerMillion.get(meter)).map(Spread::of);
    }

    /** What the meter adds to the processor time of the job without any, in percent: of each pair, and their median. */
    Optional<Spread> cost(LatencyMeter meter) {
        if (!cpuSecondsPerMillion.containsKey(meter)) {
            return Optional.empty();
        }
        List<Double> with = cpuSecondsPerMillion.get(meter);
        List<Double> without = cpuSecondsPerMillion.get(LatencyMeter.NONE);
        return Optional.of(Spread.of(IntStream.range(0, with.size())
                .mapToObj(pair -> 100 * (with.get(pair) / without.get(pair) - 1))
                .toList()));
    }
}
