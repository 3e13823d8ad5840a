package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** The flags of {@code ./cookbook bench late-data}. */
@Command(
        name = "bench late-data",
        sortOptions = false,
        usageHelpWidth = 110,
        description = "The windows beside Flink SQL, and what a bound on the out-of-orderness buys and costs, on this"
                + " machine alone.")
final class LateDataFlags {

    private static final int FEWEST_RECORDS = 1_000;

    /** Of the windows whose results are timed: several of them in the measured time. */
    static final Duration WINDOW = Duration.ofSeconds(5);

    @Option(names = "--records", paramLabel = "N", description = "readings of the timed runs (default: 5000000)")
    private Long records;

    @Option(names = "--rounds", paramLabel = "N", description = "each times every variant once (default: 3)")
    private Integer rounds;

    @Option(
            names = "--variants",
            paramLabel = "NAME,NAME",
            split = ",",
            converter = VariantConverter.class,
            description = "default: all; ${COMPLETION-CANDIDATES}",
            completionCandidates = Variants.class)
    private List<Variant> variants;

    @Option(
            names = "--bounds",
            paramLabel = "DURATION,DURATION",
            split = ",",
            description = "on the out-of-orderness (default: 0ms,500ms,1s,2s,5s,10s,30s)")
    private List<Duration> bounds;

    @Option(
            names = "--lateness",
            paramLabel = "DURATION",
            defaultValue = "500ms",
            description =
                    "half of the readings are later than this, one in a hundred 14 times as late, one in a thousand"
                            + " 63 times (default: ${DEFAULT-VALUE})")
    private Duration lateness;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "2000",
            description = "readings per second for each bound (default: ${DEFAULT-VALUE})")
    private long rate;

    @Option(
            names = "--measure",
            paramLabel = "DURATION",
            description = "for each bound, after a warm-up (default: 60s)")
    private Duration measured;

    @Option(names = "--no-throughput", description = "leave out the timed runs")
    private boolean noThroughput;

    @Option(names = "--no-bounds", description = "leave out the bounds")
    private boolean noBounds;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "the report, its charts beside it (default: docs/benchmarks/late-data.md)")
    private Path output;

    @Option(
            names = "--quick",
            description =
                    "200000 readings, one round, 10 s for each of the bounds 0ms and 2s, no file: only to see that it"
                            + " works")
    private boolean quick;

    @Option(names = "--help", usageHelp = true, description = "print the flags and end")
    private boolean help;

    private LateDataFlags() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException a wrong flag or value, in one line
     */
    static Optional<LateDataFlags> from(String... args) {
        LateDataFlags flags = new LateDataFlags();
        if (!Flags.parse(flags, args)) {
            return Optional.empty();
        }
        flags.complete();
        return Optional.of(flags);
    }

    private void complete() {
        records = records != null ? records : quick ? 200_000L : 5_000_000L;
        rounds = rounds != null ? rounds : quick ? 1 : 3;
        measured = measured != null ? measured : Duration.ofSeconds(quick ? 10 : 60);
        if (bounds == null) {
            Stream<Integer> millis =
                    quick ? Stream.of(0, 2_000) : Stream.of(0, 500, 1_000, 2_000, 5_000, 10_000, 30_000);
            bounds = millis.map(Duration::ofMillis).toList();
        }
        bounds = noBounds ? List.of() : bounds.stream().sorted().distinct().toList();
        variants = noThroughput
                ? List.of()
                : variants == null
                        ? Variant.OF_LATE_DATA
                        : variants.stream().sorted().distinct().toList();
        BenchmarkFlags.require(
                records >= FEWEST_RECORDS && records <= Integer.MAX_VALUE, "--records", records, "1000 to 2147483647");
        BenchmarkFlags.require(rounds >= 1, "--rounds", rounds, "at least 1");
        BenchmarkFlags.require(rate >= 1 && rate <= 100_000, "--rate", rate, "1 to 100000");
        BenchmarkFlags.require(lateness.toMillis() >= 1, "--lateness", lateness.toMillis() + "ms", "at least 1ms");
        BenchmarkFlags.require(
                measured.compareTo(WINDOW) >= 0,
                "--measure",
                measured.toMillis() + "ms",
                "at least " + WINDOW.toMillis() + "ms, a window");
        for (Duration bound : bounds) {
            BenchmarkFlags.require(
                    bound.compareTo(Duration.ofHours(1)) <= 0, "--bounds", bound.toMillis() + "ms", "each at most 1h");
        }
        if (variants.isEmpty() && bounds.isEmpty()) {
            throw new FlagException("--no-throughput, --no-bounds: leave nothing, expected at least one run");
        }
    }

    long records() {
        return records;
    }

    int rounds() {
        return rounds;
    }

    /** In the order of the report. */
    List<Variant> variants() {
        return variants;
    }

    /** From the smallest to the largest. */
    List<Duration> bounds() {
        return bounds;
    }

    Duration lateness() {
        return lateness;
    }

    long rate() {
        return rate;
    }

    Duration measured() {
        return measured;
    }

    boolean quick() {
        return quick;
    }

    /** Where the report goes; empty if it is only printed. */
    Optional<Path> output() {
        return BenchmarkFlags.report(output, quick, "late-data");
    }

    private static final class Variants implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Variant.names(Variant.OF_LATE_DATA).iterator();
        }
    }

    private static final class VariantConverter implements ITypeConverter<Variant> {
        @Override
        public Variant convert(String name) {
            return Variant.named(name, Variant.OF_LATE_DATA);
        }
    }
}
