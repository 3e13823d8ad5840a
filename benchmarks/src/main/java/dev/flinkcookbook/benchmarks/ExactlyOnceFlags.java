package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** The flags of {@code ./cookbook bench exactly-once}. */
@Command(
        name = "bench exactly-once",
        sortOptions = false,
        usageHelpWidth = 110,
        description = "What exactly-once costs, in throughput and in time until visible, on this machine alone.")
final class ExactlyOnceFlags {

    private static final int FEWEST_RECORDS = 1_000;

    @Option(names = "--records", paramLabel = "N", description = "transfers of the timed runs (default: 3000000)")
    private Long records;

    @Option(names = "--rounds", paramLabel = "N", description = "each measures everything once (default: 3)")
    private Integer rounds;

    @Option(
            names = "--variants",
            paramLabel = "NAME,NAME",
            split = ",",
            converter = VariantConverter.class,
            description = "default: all but ledger-hashmap; ${COMPLETION-CANDIDATES}",
            completionCandidates = Variants.class)
    private List<Variant> variants;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "2000",
            description = "transfers per second while times are measured (default: ${DEFAULT-VALUE})")
    private long rate;

    @Option(
            names = "--intervals",
            paramLabel = "DURATION,DURATION",
            split = ",",
            description = "between checkpoints, while times are measured (default: 100ms,1s,10s)")
    private List<Duration> intervals;

    @Option(
            names = "--warm-up",
            paramLabel = "DURATION",
            description = "at the beginning of each such run, not measured (default: 20s)")
    private Duration warmUp;

    @Option(
            names = "--measure",
            paramLabel = "DURATION",
            description = "of each such run, after the warm-up (default: 30s)")
    private Duration measured;

    @Option(names = "--no-throughput", description = "leave out the timed runs")
    private boolean noThroughput;

    @Option(names = "--no-latency", description = "leave out the times until visible")
    private boolean noLatency;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "the report, its chart beside it (default: docs/benchmarks/exactly-once.md)")
    private Path output;

    @Option(
            names = "--quick",
            description = "200000 transfers, one round, 5 s of each time, intervals 100ms and 1s, no file: only to see"
                    + " that it works")
    private boolean quick;

    @Option(names = "--help", usageHelp = true, description = "print the flags and end")
    private boolean help;

    private ExactlyOnceFlags() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException a wrong flag or value, in one line
     */
    static Optional<ExactlyOnceFlags> from(String... args) {
        ExactlyOnceFlags flags = new ExactlyOnceFlags();
        if (!Flags.parse(flags, args)) {
            return Optional.empty();
        }
        flags.complete();
        return Optional.of(flags);
    }

    private void complete() {
        records = records != null ? records : quick ? 200_000L : 3_000_000L;
        rounds = rounds != null ? rounds : quick ? 1 : 3;
        warmUp = warmUp != null ? warmUp : Duration.ofSeconds(quick ? 5 : 20);
        measured = measured != null ? measured : Duration.ofSeconds(quick ? 5 : 30);
        if (intervals == null) {
            intervals = quick
                    ? List.of(Duration.ofMillis(100), Duration.ofSeconds(1))
                    : List.of(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(10));
        }
        intervals = intervals.stream().sorted().distinct().toList();
        variants = variants == null
                ? Variant.OF_EXACTLY_ONCE.stream()
                        .filter(variant -> variant != Variant.LEDGER_HASHMAP)
                        .toList()
                : variants.stream().sorted().distinct().toList();
        BenchmarkFlags.require(
                records >= FEWEST_RECORDS && records <= Integer.MAX_VALUE, "--records", records, "1000 to 2147483647");
        BenchmarkFlags.require(rounds >= 1, "--rounds", rounds, "at least 1");
        BenchmarkFlags.require(rate >= 1 && rate <= 100_000, "--rate", rate, "1 to 100000");
        BenchmarkFlags.require(measured.toSeconds() >= 1, "--measure", measured.toMillis() + "ms", "at least 1s");
        for (Duration interval : intervals) {
            // Flink refuses less.
            BenchmarkFlags.require(
                    interval.toMillis() >= 10, "--intervals", interval.toMillis() + "ms", "each at least 10ms");
        }
        if (timed().isEmpty() && paced().isEmpty()) {
            throw new FlagException(
                    "--variants, --no-throughput, --no-latency: leave nothing, expected at least one run");
        }
    }

    long records() {
        return records;
    }

    int rounds() {
        return rounds;
    }

    /** In the order of the report: what is read to the end as fast as it goes. */
    List<Variant> timed() {
        return noThroughput
                ? List.of()
                : variants.stream().filter(variant -> variant != Variant.LOAD).toList();
    }

    /** In the order of the report: what runs under a paced load. At-least-once waits for no checkpoint: one interval will do. */
    List<PacedSetting> paced() {
        return noLatency
                ? List.of()
                : variants.stream()
                        .filter(variant -> variant != Variant.COPY_TRANSACTIONAL)
                        .flatMap(variant -> intervals(variant).stream())
                        .toList();
    }

    private List<PacedSetting> intervals(Variant variant) {
        if (variant == Variant.LOAD) {
            return List.of(new PacedSetting(variant, Optional.empty()));
        }
        return variant.isExactlyOnce()
                ? intervals.stream()
                        .map(interval -> PacedSetting.of(variant, interval))
                        .toList()
                : List.of(PacedSetting.of(variant, WorkerTask.CHECKPOINT_INTERVAL));
    }

    long rate() {
        return rate;
    }

    Duration warmUp() {
        return warmUp;
    }

    Duration measured() {
        return measured;
    }

    boolean quick() {
        return quick;
    }

    /** Where the report goes; empty if it is only printed. */
    Optional<Path> output() {
        return BenchmarkFlags.report(output, quick, "exactly-once");
    }

    private static final class Variants implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Variant.names(Variant.OF_EXACTLY_ONCE).iterator();
        }
    }

    private static final class VariantConverter implements ITypeConverter<Variant> {
        @Override
        public Variant convert(String name) {
            return Variant.named(name, Variant.OF_EXACTLY_ONCE);
        }
    }
}
