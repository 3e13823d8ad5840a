package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags of {@link ReadModelJob}. */
@Command(
        name = "read-model",
        sortOptions = false,
        description =
                "Keeps the newest row of each table in Postgres, from the views of change-data-capture. --input-topic is what"
                        + " the names of the views begin with.")
final class ReadModelParameters {

    private static final String READ_MODEL = "read_model";

    /** Less than {@code task.cancellation.timeout}, three minutes: who waits for a connection cannot be cancelled. */
    private static final Duration LONGEST_PATIENCE = Duration.ofMinutes(2);

    private static final Pattern PASSWORD = Pattern.compile("[?&][a-z]*password=", Pattern.CASE_INSENSITIVE);

    /** Needs no quotes; Postgres cuts names at 63 letters. */
    private static final Pattern NAME = Pattern.compile("([a-z_][a-z0-9_]{0,62}\\.)?[a-z_][a-z0-9_]{0,62}");

    @Mixin
    private final KafkaFlags kafka = new KafkaFlags(ReadModelJob.NAME, "shop.view", READ_MODEL);

    @Option(
            names = "--jdbc-url",
            paramLabel = "URL",
            defaultValue = "jdbc:postgresql://localhost:5432/postgres",
            description = "the database (default: ${DEFAULT-VALUE})")
    private String jdbcUrl;

    @Option(
            names = "--jdbc-user",
            paramLabel = "USER",
            defaultValue = "postgres",
            description = "who may write to the table (default: ${DEFAULT-VALUE})")
    private String jdbcUser;

    @Option(
            names = "--jdbc-password-file",
            paramLabel = "FILE",
            description = "its first line is the password; read where main runs, never printed (default: the"
                    + " environment's JDBC_PASSWORD)")
    private Path jdbcPasswordFile;

    @Option(
            names = "--jdbc-patience",
            paramLabel = "DURATION",
            defaultValue = "30s",
            description = "how long to wait for a database that does not answer before the job fails and restarts"
                    + " (default: ${DEFAULT-VALUE})")
    private Duration jdbcPatience;

    @Option(
            names = "--table",
            paramLabel = "NAME",
            defaultValue = READ_MODEL,
            description = "write to, in place of an output topic (default: ${DEFAULT-VALUE})")
    private String table;

    @Option(names = "--create-table", description = "create the table if it is missing")
    private boolean createTable;

    private ReadModelParameters() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException one line: a flag that is unknown or wrong
     */
    static Optional<ReadModelParameters> from(String... args) {
        ReadModelParameters parameters = new ReadModelParameters();
        if (!Flags.parse(parameters, args)) {
            return Optional.empty();
        }
        parameters.validate();
        return Optional.of(parameters);
    }

    private void validate() {
        if (!kafka.outputTopic().equals(READ_MODEL)) {
            throw new FlagException("--output-topic", kafka.outputTopic(), "none: this job writes to --table");
        }
        if (viewTopics().contains(kafka.deadLetterTopic())) {
            throw new FlagException("--dead-letter-topic", kafka.deadLetterTopic(), "another topic than a view's");
        }
        if (PASSWORD.matcher(jdbcUrl).find()) {
            throw new FlagException(
                    "--jdbc-url: has a password in it, which ends in logs and in process lists; expected it"
                            + " in --jdbc-password-file or in the environment's JDBC_PASSWORD");
        }
        if (!jdbcUrl.startsWith("jdbc:postgresql:")) {
            throw new FlagException("--jdbc-url", jdbcUrl, "jdbc:postgresql://HOST:PORT/DATABASE");
        }
        if (!NAME.matcher(table).matches()) {
            throw new FlagException(
                    "--table", table, "NAME or SCHEMA.NAME, of at most 63 lower-case letters, digits and _ each");
        }
        if (jdbcPatience.compareTo(LONGEST_PATIENCE) > 0) {
            throw new FlagException(
                    "--jdbc-patience",
                    jdbcPatience.toMillis() + "ms",
                    "at most 2m: Flink ends a TaskManager whose task does not end within three minutes");
        }
        kafka.clientProperties(); // A file that cannot be read is a wrong flag.
        jdbcPassword();
    }

    KafkaFlags kafka() {
        return kafka;
    }

    /** In the order of {@link Table}. */
    List<String> viewTopics() {
        return Stream.of(Table.values())
                .map(table -> kafka.inputTopic() + "." + table)
                .toList();
    }

    String jdbcUrl() {
        return jdbcUrl;
    }

    String jdbcUser() {
        return jdbcUser;
    }

    /** Null if there is none: some servers ask for a certificate, or for nothing. */
    String jdbcPassword() {
        if (jdbcPasswordFile == null) {
            return System.getenv("JDBC_PASSWORD");
        }
        try {
            return Files.readString(jdbcPasswordFile).lines().findFirst().orElse("");
        } catch (IOException e) {
            throw new FlagException("--jdbc-password-file", jdbcPasswordFile.toString(), "a readable file");
        }
    }

    Duration jdbcPatience() {
        return jdbcPatience;
    }

    String table() {
        return table;
    }

    boolean createTable() {
        return createTable;
    }
}
