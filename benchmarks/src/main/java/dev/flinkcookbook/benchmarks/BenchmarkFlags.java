package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.common.FlagException;
import java.nio.file.Path;
import java.util.Optional;

/** What the flags of all benchmarks have in common. */
final class BenchmarkFlags {

    private BenchmarkFlags() {}

    /** @throws FlagException in one line, unless it holds */
    static void require(boolean holds, String flag, Object given, String expected) {
        if (!holds) {
            throw new FlagException(flag, given.toString(), expected);
        }
    }

    /**
     * Where the report goes; empty if it is only printed.
     *
     * @param given as in {@code --output}; null if it was not
     * @param name the benchmark's
     */
    static Optional<Path> report(Path given, boolean quick, String name) {
        if (given == null && quick) {
            return Optional.empty();
        }
        Path root = Path.of(System.getProperty("cookbook.root", ""));
        return Optional.of(root.resolve(given != null ? given : Path.of("docs", "benchmarks", name + ".md")));
    }
}
