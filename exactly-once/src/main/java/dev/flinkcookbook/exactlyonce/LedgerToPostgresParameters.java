package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.KafkaFlags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags of {@link LedgerToPostgresJob}. */
@Command(name = "ledger-to-postgres", sortOptions = false, description = "Books transfers into a table of Postgres.")
final class LedgerToPostgresParameters {

    private static final String LEDGER = "ledger";

    /** Less than {@code task.cancellation.timeout}, three minutes: who waits for a connection cannot be cancelled. */
    private static final Duration LONGEST_PATIENCE = Duration.ofMinutes(2);

    private static final Pattern PASSWORD = Pattern.compile("[?&][a-z]*password=", Pattern.CASE_INSENSITIVE);

    /** Needs no quotes, and leaves room for the ending of a name that is made of it: Postgres cuts names at 63 letters. */
    private static final Pattern NAME = Pattern.compile("([a-z_][a-z0-9_]{0,50}\\.)?[a-z_][a-z0-9_]{0,50}");

    @Mixin
    private final KafkaFlags kafka = new KafkaFlags("ledger-to-postgres", "transfers", LEDGER);

    @Mixin
    private final TransactionFlags transactions = new TransactionFlags();

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
            defaultValue = LEDGER,
            description = "write to, in place of an output topic (default: ${DEFAULT-VALUE})")
    private String table;

    @Option(names = "--create-table", description = "create the table if it is missing")
    private boolean createTable;

    private LedgerToPostgresParameters() {}

    /**
     * Reads the flags.
     *
     * @return empty if {@code --help} was asked for and printed
     * @throws FlagException one line: a flag that is unknown or wrong
     */
    static Optional<LedgerToPostgresParameters> from(String... args) {
        LedgerToPostgresParameters parameters = new LedgerToPostgresParameters();
        if (!Flags.parse(parameters, args)) {
            return Optional.empty();
        }
        parameters.validate();
        return Optional.of(parameters);
    }

    private void validate() {
        if (!kafka.outputTopic().equals(LEDGER)) {
            throw new FlagException("--output-topic", kafka.outputTopic(), "none: this job writes to --table");
        }
        if (kafka.deadLetterTopic().equals(kafka.inputTopic())) {
            throw new FlagException("--dead-letter-topic", kafka.inputTopic(), "another topic than --input-topic");
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
                    "--table", table, "NAME or SCHEMA.NAME, of at most 51 lower-case letters, digits and _ each");
        }
        if (jdbcPatience.compareTo(LONGEST_PATIENCE) > 0) {
            throw new FlagException(
                    "--jdbc-patience",
                    jdbcPatience.toMillis() + "ms",
                    "at most 2m: Flink ends a TaskManager whose task does not end within three minutes");
        }
        transactions.validate();
        kafka.clientProperties(); // A file that cannot be read is a wrong flag.
        jdbcPassword();
    }

    KafkaFlags kafka() {
        return kafka;
    }

    TransactionFlags transactions() {
        return transactions;
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
