package dev.flinkcookbook.queryevolutionsql;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.core.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The flags of {@link SqlStatementJob}. */
@Command(name = "sql-statement", sortOptions = false, description = "Runs a script of SQL statements as one job.")
final class SqlStatementParameters {

    private static final String BOOTSTRAP_SERVERS = "bootstrap-servers";
    static final String KAFKA_PROPERTIES = "kafka-properties";
    private static final String ENVIRONMENT = "KAFKA_BOOTSTRAP_SERVERS";

    @Option(
            names = "--script",
            paramLabel = "FILE",
            required = true,
            description = "the statements; a path or a URI of any file system of Flink's, read where main runs")
    private String script;

    @Option(
            names = "--variable",
            paramLabel = "NAME=VALUE",
            description = "the value of $${NAME} in the script; may be given several times")
    private Map<String, String> variables = new LinkedHashMap<>();

    @Option(
            names = "--bootstrap-servers",
            paramLabel = "HOST:PORT",
            description = "the value of $${bootstrap-servers} (default: the environment's " + ENVIRONMENT
                    + ", else localhost:9092)")
    private String bootstrapServers;

    @Option(
            names = "--kafka-properties",
            paramLabel = "FILE",
            description =
                    "client properties, such as security settings; the value of $${kafka-properties} makes a table's"
                            + " Kafka clients read them, from a file of this name on each machine")
    private java.nio.file.Path propertiesFile;

    @Option(
            names = "--plan",
            paramLabel = "FILE",
            description = "run this compiled plan; if there is none yet, compile the script and write it there")
    private String plan;

    @Option(names = "--help", usageHelp = true, description = "print the flags and end")
    private boolean help;

    private SqlStatementParameters() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException one line: a flag that is unknown, missing or wrong
     */
    static Optional<SqlStatementParameters> from(String... args) {
        SqlStatementParameters parameters = new SqlStatementParameters();
        if (!Flags.parse(parameters, args)) {
            return Optional.empty();
        }
        path("--script", parameters.script);
        parameters.plan();
        if (parameters.bootstrapServers == null) {
            parameters.bootstrapServers = System.getenv().getOrDefault(ENVIRONMENT, "localhost:9092");
        }
        parameters.variables.putIfAbsent(BOOTSTRAP_SERVERS, parameters.bootstrapServers);
        parameters.variables.putIfAbsent(
                KAFKA_PROPERTIES,
                parameters.propertiesFile == null ? "" : KafkaTableOptions.readFrom(parameters.propertiesFile));
        return Optional.of(parameters);
    }

    private static Path path(String flag, String given) {
        try {
            return new Path(given);
        } catch (IllegalArgumentException e) {
            throw new FlagException(flag, given, "a path or a URI of a file");
        }
    }

    Path script() {
        return path("--script", script);
    }

    Map<String, String> variables() {
        return variables;
    }

    Optional<Path> plan() {
        return Optional.ofNullable(plan).map(given -> path("--plan", given));
    }
}
