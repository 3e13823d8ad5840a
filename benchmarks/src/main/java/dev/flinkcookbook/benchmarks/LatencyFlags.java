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

/** The flags of {@code ./cookbook bench latency}. */
@Command(
        name = "bench latency",
        sortOptions = false,
        usageHelpWidth = 110,
        description = "What each knob does to latency, stage by stage, how much load it stays bounded under, and what"
                + " measuring costs, on this machine alone.")
final class LatencyFlags {

    @Option(
            names = "--settings",
            paramLabel = "NAME,NAME",
            split = ",",
            converter = SettingConverter.class,
            description = "default: all; ${COMPLETION-CANDIDATES}",
            completionCandidates = Settings.class)
    private List<LatencySetting> settings;

    @Option(names = "--rounds", paramLabel = "N", description = "each measures every setting once (default: 3)")
    private Integer rounds;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "2000",
            description = "events per second while latency is measured (default: ${DEFAULT-VALUE})")
    private int rate;

    @Option(
            names = "--warm-up",
            paramLabel = "DURATION",
            description = "at the beginning of each run, not measured (default: 15s)")
    private Duration warmUp;

    @Option(names = "--measure", paramLabel = "DURATION", description = "of each run, after the warm-up (default: 30s)")
    private Duration measured;

    @Option(names = "--no-search", description = "do not look for the highest rate that is sustained")
    private boolean noSearch;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            description = "measure what measuring costs, so many times with and without; 0: not (default: 10)")
    private Integer pairs;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "the report, its chart beside it (default: docs/benchmarks/latency.md)")
    private Path output;

    @Option(
            names = "--quick",
            description = "one round, 2 s of each, no search, no pairs, no file: only to see that it works")
    private boolean quick;

    @Option(names = "--help", usageHelp = true, description = "print the flags and end")
    private boolean help;

    private LatencyFlags() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException a wrong flag or value, in one line
     */
    static Optional<LatencyFlags> from(String... args) {
        LatencyFlags flags = new LatencyFlags();
        if (!Flags.parse(flags, args)) {
            return Optional.empty();
        }
        flags.complete();
        return Optional.of(flags);
    }

    private void complete() {
        settings = (settings != null ? settings.stream() : Stream.of(LatencySetting.values()))
                .sorted()
                .distinct()
                .toList();
        rounds = rounds != null ? rounds : quick ? 1 : 3;
        warmUp = warmUp != null ? warmUp : Duration.ofSeconds(quick ? 2 : 15);
        measured = measured != null ? measured : Duration.ofSeconds(quick ? 2 : 30);
        pairs = pairs != null ? pairs : quick ? 0 : 10;
        BenchmarkFlags.require(rounds >= 1, "--rounds", rounds, "at least 1");
        BenchmarkFlags.require(rate >= 1 && rate <= 100_000, "--rate", rate, "1 to 100000");
        BenchmarkFlags.require(measured.toSeconds() >= 1, "--measure", measured.toMillis() + "ms", "at least 1s");
        BenchmarkFlags.require(pairs >= 0, "--pairs", pairs, "at least 0");
    }

    /** In the order of the report. */
    List<LatencySetting> settings() {
        return settings;
    }

    int rounds() {
        return rounds;
    }

    int rate() {
        return rate;
    }

    Duration warmUp() {
        return warmUp;
    }

    Duration measured() {
        return measured;
    }

    boolean isSearched() {
        return !noSearch && !quick;
    }

    int pairs() {
        return pairs;
    }

    boolean quick() {
        return quick;
    }

    /** Where the report goes; empty if it is only printed. */
    Optional<Path> output() {
        return BenchmarkFlags.report(output, quick, "latency");
    }

    private static final class Settings implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return LatencySetting.names().iterator();
        }
    }

    private static final class SettingConverter implements ITypeConverter<LatencySetting> {
        @Override
        public LatencySetting convert(String name) {
            return LatencySetting.named(name);
        }
    }
}
