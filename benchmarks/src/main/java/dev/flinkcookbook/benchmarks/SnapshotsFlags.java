package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The flags of {@code ./cookbook bench snapshots}. */
@Command(
        name = "bench snapshots",
        sortOptions = false,
        usageHelpWidth = 110,
        description = "Savepoints and checkpoints of keyed state: how long they take, what they write, how soon a job"
                + " that starts from them can be used.")
final class SnapshotsFlags {

    /** With less, a key would be changed again while its last change is still on its way. */
    private static final int FEWEST_MEGABYTES = 10;

    /** The hashmap must fit into the heap, with what changes while a snapshot is taken. */
    private static final int MOST_MEGABYTES = 1_000;

    @Option(
            names = "--sizes",
            paramLabel = "SIZE,SIZE",
            split = ",",
            converter = Megabytes.class,
            description = "of the state (default: 10MB,100MB,1GB)")
    private List<Integer> sizes;

    @Option(names = "--rounds", paramLabel = "N", description = "each takes and restores every snapshot (default: 3)")
    private Integer rounds;

    @Option(
            names = "--changed",
            paramLabel = "PERCENT",
            defaultValue = "1",
            description = "of the keys, before each snapshot (default: ${DEFAULT-VALUE})")
    private int changed;

    @Option(
            names = "--settings",
            paramLabel = "NAME,NAME",
            split = ",",
            converter = SettingConverter.class,
            description = "default: all; ${COMPLETION-CANDIDATES}",
            completionCandidates = Settings.class)
    private List<SnapshotSetting> settings;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "the report, its charts beside it (default: docs/benchmarks/snapshots.md)")
    private Path output;

    @Option(names = "--quick", description = "10MB, one round, no file: only to see that it works")
    private boolean quick;

    @Option(names = "--help", usageHelp = true, description = "print the flags and end")
    private boolean help;

    private SnapshotsFlags() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException a wrong flag or value, in one line
     */
    static Optional<SnapshotsFlags> from(String... args) {
        SnapshotsFlags flags = new SnapshotsFlags();
        if (!Flags.parse(flags, args)) {
            return Optional.empty();
        }
        flags.complete();
        return Optional.of(flags);
    }

    private void complete() {
        Stream<Integer> given = sizes != null ? sizes.stream() : quick ? Stream.of(10) : Stream.of(10, 100, 1_000);
        sizes = given.sorted().distinct().toList();
        rounds = rounds != null ? rounds : quick ? 1 : 3;
        settings = (settings != null ? settings.stream() : Arrays.stream(SnapshotSetting.values()))
                .sorted()
                .distinct()
                .toList();
        for (int megabytes : sizes) {
            BenchmarkFlags.require(
                    megabytes >= FEWEST_MEGABYTES && megabytes <= MOST_MEGABYTES,
                    "--sizes",
                    megabytes + "MB",
                    "each 10MB to 1GB");
        }
        BenchmarkFlags.require(rounds >= 1, "--rounds", rounds, "at least 1");
        BenchmarkFlags.require(changed >= 1 && changed <= 100, "--changed", changed, "1 to 100");
    }

    /** In megabytes, from the smallest to the largest. */
    List<Integer> sizes() {
        return sizes;
    }

    int rounds() {
        return rounds;
    }

    int changedPercent() {
        return changed;
    }

    /** In the order of the report. */
    List<SnapshotSetting> settings() {
        return settings;
    }

    /** Where the report goes; empty if it is only printed. */
    Optional<Path> output() {
        return BenchmarkFlags.report(output, quick, "snapshots");
    }

    private static final class Settings implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return SnapshotSetting.names().iterator();
        }
    }

    private static final class SettingConverter implements ITypeConverter<SnapshotSetting> {
        @Override
        public SnapshotSetting convert(String name) {
            return SnapshotSetting.named(name);
        }
    }

    private static final class Megabytes implements ITypeConverter<Integer> {
        private static final Pattern SIZE = Pattern.compile("(\\d{1,4})(MB|GB)");

        @Override
        public Integer convert(String text) {
            Matcher size = SIZE.matcher(text);
            if (!size.matches()) {
                throw new TypeConversionException("a size such as 10MB or 1GB");
            }
            return Integer.parseInt(size.group(1)) * (size.group(2).equals("GB") ? 1_000 : 1);
        }
    }
}
