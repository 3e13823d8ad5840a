package dev.flinkcookbook.queryevolution.v3;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The flags of {@link MigrateSavepoint}. */
@Command(
        name = "migrate-savepoint",
        sortOptions = false,
        description = "Makes a savepoint of version 3 from one of version 1 or 2.")
final class MigrateSavepointParameters {

    @Option(
            names = "--from",
            paramLabel = "URI",
            required = true,
            description = "a canonical savepoint, such as file:///savepoints/savepoint-1a2b3c; it stays as it is")
    private String from;

    @Option(
            names = "--to",
            paramLabel = "URI",
            required = true,
            description = "the folder of the new one, which must not exist")
    private String to;

    @Option(names = "--help", usageHelp = true, description = "print the flags and end")
    private boolean help;

    private MigrateSavepointParameters() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException one line: a flag that is unknown, missing or wrong
     */
    static Optional<MigrateSavepointParameters> from(String... args) {
        MigrateSavepointParameters parameters = new MigrateSavepointParameters();
        if (!Flags.parse(parameters, args)) {
            return Optional.empty();
        }
        if (parameters.from.equals(parameters.to)) {
            throw new FlagException("--to", parameters.to, "another folder than --from");
        }
        return Optional.of(parameters);
    }

    String from() {
        return from;
    }

    String to() {
        return to;
    }
}
