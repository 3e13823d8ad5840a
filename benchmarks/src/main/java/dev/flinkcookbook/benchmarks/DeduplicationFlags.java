package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** The flags of {@code ./cookbook bench deduplication}. */
@Command(
        name = "bench deduplication",
        sortOptions = false,
        usageHelpWidth = 110,
        description = "Deduplication beside a plain copy, a pass-through and Flink SQL, on this machine alone.")
final class DeduplicationFlags {

    private static final int FEWEST_RECORDS = 1_000;

    enum IdPosition {
        FIRST,
        LAST;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--records",
            paramLabel = "N",
            description = "records of the timed runs, of which a fifth are duplicates (default: 5000000)")
    private Long records;

    @Option(
            names = "--ids",
            paramLabel = "N,N",
            split = ",",
            description = "numbers of distinct ids at which rate and state are compared (default: 1000000,4000000)")
    private List<Long> ids;

    @Option(names = "--rounds", paramLabel = "N", description = "each measures every variant once (default: 3)")
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
            names = "--id-position",
            paramLabel = "first|last",
            defaultValue = "first",
            description = "where the id stands in the record (default: ${DEFAULT-VALUE})")
    private IdPosition idPosition;

    @Option(
            names = "--tuned-sink",
            description = "for all variants alike: batch.size 256 kB, linger.ms 20, compression.type lz4")
    private boolean tunedSink;

    @Option(names = "--object-reuse", description = "for all variants alike: pipeline.object-reuse")
    private boolean objectReuse;

    @Option(names = "--no-state", description = "leave out the runs that weigh the state")
    private boolean noState;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "the report, its chart beside it (default: docs/benchmarks/deduplication.md)")
    private Path output;

    @Option(names = "--quick", description = "200000 records, one round, no file: only to see that it works")
    private boolean quick;

    @Option(names = "--help", usageHelp = true, description = "print the flags and end")
    private boolean help;

    private DeduplicationFlags() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException a wrong flag or value, in one line
     */
    static Optional<DeduplicationFlags> from(String... args) {
        DeduplicationFlags flags = new DeduplicationFlags();
        if (!Flags.parse(flags, args)) {
            return Optional.empty();
        }
        flags.complete();
        return Optional.of(flags);
    }

    private void complete() {
        records = records != null ? records : quick ? 200_000L : 5_000_000L;
        rounds = rounds != null ? rounds : quick ? 1 : 3;
        if (records < FEWEST_RECORDS) {
            throw new FlagException("--records", records.toString(), "at least " + FEWEST_RECORDS);
        }
        if (rounds < 1) {
            throw new FlagException("--rounds", rounds.toString(), "at least 1");
        }
        long distinct = PaymentTopic.idsAmong(records);
        ids = ids != null ? ids : quick ? List.of(distinct / 4, distinct) : List.of(1_000_000L, 4_000_000L);
        for (long each : ids) {
            if (each < FEWEST_RECORDS / 4) {
                throw new FlagException("--ids", Long.toString(each), "at least " + FEWEST_RECORDS / 4);
            }
        }
        ids = ids.stream().sorted().distinct().toList();
        variants = variants == null
                ? Variant.OF_DEDUPLICATION
                : variants.stream().sorted().distinct().toList();
    }

    long records() {
        return records;
    }

    /** Ascending. */
    List<Long> ids() {
        return ids;
    }

    int rounds() {
        return rounds;
    }

    /** In the order of the report. */
    List<Variant> variants() {
        return variants;
    }

    IdPosition idPosition() {
        return idPosition;
    }

    boolean tunedSink() {
        return tunedSink;
    }

    boolean objectReuse() {
        return objectReuse;
    }

    boolean measuresState() {
        return !noState;
    }

    boolean quick() {
        return quick;
    }

    /** Where the report goes; empty if it is only printed. */
    Optional<Path> output() {
        return BenchmarkFlags.report(output, quick, "deduplication");
    }

    private static final class Variants implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Variant.names(Variant.OF_DEDUPLICATION).iterator();
        }
    }

    private static final class VariantConverter implements ITypeConverter<Variant> {
        @Override
        public Variant convert(String name) {
            return Variant.named(name, Variant.OF_DEDUPLICATION);
        }
    }
}
