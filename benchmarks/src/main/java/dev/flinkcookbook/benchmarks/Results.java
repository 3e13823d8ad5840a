package dev.flinkcookbook.benchmarks;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** Everything that was measured: timed runs by variant and round, and sizes of state. */
final class Results {
    private final Map<Variant, List<Measurement>> runs = new EnumMap<>(Variant.class);
    private final Map<Variant, TreeMap<Long, Long>> stateBytes = new EnumMap<>(Variant.class);

    /** To be called once for each variant in each round. */
    void add(Variant variant, Measurement measurement) {
        runs.computeIfAbsent(variant, unused -> new ArrayList<>()).add(measurement);
    }

    void addState(Variant variant, long ids, long bytes) {
        stateBytes.computeIfAbsent(variant, unused -> new TreeMap<>()).put(ids, bytes);
    }

    boolean has(Variant variant) {
        return runs.containsKey(variant);
    }

    /** Of all rounds; only for a variant that {@link #has} runs. */
    Spread spread(Variant variant, ToDoubleFunction<Measurement> value) {
        return Spread.of(runs.get(variant).stream().map(value::applyAsDouble).toList());
    }

    /**
     * How many times as fast one is as the other: the ratio of the medians, with the least and the greatest ratio within one
     * round. Empty if one of them was not measured.
     */
    Optional<Spread> steadyRatio(Variant variant, Variant against) {
        if (!has(variant) || !has(against)) {
            return Optional.empty();
        }
        Spread byRound = Spread.of(IntStream.range(0, runs.get(variant).size())
                .mapToObj(round -> runs.get(variant).get(round).steady()
                        / runs.get(against).get(round).steady())
                .toList());
        double median = spread(variant, Measurement::steady).median()
                / spread(against, Measurement::steady).median();
        return Optional.of(new Spread(median, byRound.least(), byRound.greatest()));
    }

    /** The rate with the most ids in state over that with the fewest, in the same runs. */
    Optional<Spread> growthRatio(Variant variant) {
        if (!has(variant) || runs.get(variant).get(0).rateAt().size() < 2) {
            return Optional.empty();
        }
        return Optional.of(spread(variant, run -> {
            TreeMap<Long, Double> rates = new TreeMap<>(run.rateAt());
            return rates.lastEntry().getValue() / rates.firstEntry().getValue();
        }));
    }

    Optional<Spread> rateAt(Variant variant, long ids) {
        if (!has(variant) || !runs.get(variant).get(0).rateAt().containsKey(ids)) {
            return Optional.empty();
        }
        return Optional.of(spread(variant, run -> run.rateAt().get(ids)));
    }

    /** By number of ids; empty if the variant's state was not measured. */
    TreeMap<Long, Long> stateBytes(Variant variant) {
        return stateBytes.getOrDefault(variant, new TreeMap<>());
    }

    /** The bytes of one over those of the other, with the most ids that were measured. */
    Optional<Spread> stateRatio(Variant variant, Variant against) {
        TreeMap<Long, Long> these = stateBytes(variant);
        TreeMap<Long, Long> those = stateBytes(against);
        if (these.isEmpty() || those.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Spread.of(
                these.lastEntry().getValue() / (double) those.lastEntry().getValue()));
    }
}
