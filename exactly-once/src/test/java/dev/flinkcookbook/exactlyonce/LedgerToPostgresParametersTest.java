package dev.flinkcookbook.exactlyonce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.flinkcookbook.common.FlagException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerToPostgresParametersTest {

    private static LedgerToPostgresParameters parameters(String... args) {
        return LedgerToPostgresParameters.from(args).orElseThrow();
    }

    private static void assertRefused(String line, String... args) {
        assertThatExceptionOfType(FlagException.class)
                .isThrownBy(() -> LedgerToPostgresParameters.from(args))
                .withMessage(line);
    }

    @Test
    void areThoseOfAPostgresOnThisMachineWhereNoneIsGiven() {
        LedgerToPostgresParameters parameters = parameters();

        assertThat(parameters.jdbcUrl()).isEqualTo("jdbc:postgresql://localhost:5432/postgres");
        assertThat(parameters.jdbcUser()).isEqualTo("postgres");
        assertThat(parameters.table()).isEqualTo("ledger");
        assertThat(parameters.createTable()).isFalse();
        assertThat(parameters.kafka().inputTopic()).isEqualTo("transfers");
        assertThat(parameters.kafka().deadLetterTopic()).isEqualTo("transfers.dead-letters");
    }

    @Nested
    class ThePassword {
        @TempDir
        Path folder;

        @Test
        void isTheFirstLineOfItsFile() throws IOException {
            Path file = Files.writeString(folder.resolve("password"), "open sesame \r\nsecond line\n");

            assertThat(parameters("--jdbc-password-file", file.toString()).jdbcPassword())
                    .isEqualTo("open sesame ");
        }

        @Test
        void isEmptyWhereTheFileIs() throws IOException {
            Path file = Files.createFile(folder.resolve("password"));

            assertThat(parameters("--jdbc-password-file", file.toString()).jdbcPassword())
                    .isEmpty();
        }

        @Test
        void mayBeMissingButNotItsFile() {
            assertRefused(
                    "--jdbc-password-file: got 'no-such-file', expected a readable file",
                    "--jdbc-password-file",
                    "no-such-file");
        }

        @ParameterizedTest
        @ValueSource(strings = {"?password=secret", "?ssl=true&password=secret", "?sslPassword=secret"})
        void isRefusedInTheUrlAndNotRepeated(String query) {
            assertRefused(
                    "--jdbc-url: has a password in it, which ends in logs and in process lists; expected it in"
                            + " --jdbc-password-file or in the environment's JDBC_PASSWORD",
                    "--jdbc-url",
                    "jdbc:postgresql://localhost/bank" + query);
        }
    }

    @Nested
    class TheTable {
        @ParameterizedTest
        @ValueSource(strings = {"ledger", "bank.ledger", "_1", "b2.l_3"})
        void mayHaveASchema(String table) {
            assertThat(parameters("--table", table).table()).isEqualTo(table);
        }

        /** The name ends in SQL as it is. */
        @ParameterizedTest
        @ValueSource(strings = {"", "Ledger", "a.b.c", "a b", "a;drop table b", "a\"", "1a", "ledger.", "größe"})
        void isANameThatNeedsNoQuotes(String table) {
            assertRefused(
                    "--table: got '%s', expected NAME or SCHEMA.NAME, of at most 51 lower-case letters, digits and _ each"
                            .formatted(table),
                    "--table",
                    table);
        }

        @Test
        void standsInPlaceOfAnOutputTopic() {
            assertRefused(
                    "--output-topic: got 'entries', expected none: this job writes to --table",
                    "--output-topic",
                    "entries");
        }
    }

    @Test
    void namePostgresAndNoOtherDatabase() {
        assertRefused(
                "--jdbc-url: got 'jdbc:mysql://localhost/bank', expected jdbc:postgresql://HOST:PORT/DATABASE",
                "--jdbc-url",
                "jdbc:mysql://localhost/bank");
    }

    @Test
    void waitNoLongerThanATaskMayTakeToEnd() {
        assertThat(parameters("--jdbc-patience", "2m").jdbcPatience()).isEqualTo(Duration.ofMinutes(2));
        assertRefused(
                "--jdbc-patience: got '120001ms', expected at most 2m: Flink ends a TaskManager whose task does not end"
                        + " within three minutes",
                "--jdbc-patience",
                "120001ms");
    }

    @Test
    void keepDeadLettersOutOfTheInput() {
        assertRefused(
                "--dead-letter-topic: got 'transfers', expected another topic than --input-topic",
                "--dead-letter-topic",
                "transfers");
    }
}
