package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** The flags of {@code ./cookbook bench change-data-capture}. */
@Command(
        name = "bench change-data-capture",
        sortOptions = false,
        usageHelpWidth = 110,
        description = "The view of a table beside a plain copy, a pass-through and Flink SQL, on this machine alone.")
final class ChangeDataCaptureFlags {

    private static final int FEWEST_RECORDS = 1_000;

    @Option(
            names = "--records",
            paramLabel = "N",
            description = "changes of the timed runs, with their tombstones (default: 5000000)")
    private Long records;

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

    @Option(names = "--no-state", description = "leave out the runs that weigh the state")
    private boolean noState;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "the report, its chart beside it (default: docs/benchmarks/change-data-capture.md)")
    private Path output;

    @Option(names = "--quick", description = "200000 records, one round, no file: only to see that it works")
    private boolean quick;

    @Option(names = "--help", usageHelp = true, description = "print the flags and end")
    private boolean help;

    private ChangeDataCaptureFlags() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException a wrong flag or value, in one line
     */
    static Optional<ChangeDataCaptureFlags> from(String... args) {
        ChangeDataCaptureFlags flags = new ChangeDataCaptureFlags();
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
        variants = variants == null
                ? Variant.OF_CHANGE_DATA_CAPTURE
                : variants.stream().sorted().distinct().toList();
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

    boolean measuresState() {
        return !noState;
    }

    boolean quick() {
        return quick;
    }

    /** Where the report goes; empty if it is only printed. */
    Optional<Path> output() {
        return BenchmarkFlags.report(output, quick, "change-data-capture");
    }

    private static final class Variants implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Variant.names(Variant.OF_CHANGE_DATA_CAPTURE).iterator();
        }
    }

    private static final class VariantConverter implements ITypeConverter<Variant> {
        @Override
        public Variant convert(String name) {
            return Variant.named(name, Variant.OF_CHANGE_DATA_CAPTURE);
        }
    }
}
