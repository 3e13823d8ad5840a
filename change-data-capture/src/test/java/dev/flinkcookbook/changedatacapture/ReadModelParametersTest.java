package dev.flinkcookbook.changedatacapture;

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

class ReadModelParametersTest {

    private static ReadModelParameters parameters(String... args) {
        return ReadModelParameters.from(args).orElseThrow();
    }

    private static void assertRefused(String line, String... args) {
        assertThatExceptionOfType(FlagException.class)
                .isThrownBy(() -> ReadModelParameters.from(args))
                .withMessage(line);
    }

    @Test
    void areThoseOfAPostgresOnThisMachineWhereNoneIsGiven() {
        ReadModelParameters parameters = parameters();

        assertThat(parameters.jdbcUrl()).isEqualTo("jdbc:postgresql://localhost:5432/postgres");
        assertThat(parameters.jdbcUser()).isEqualTo("postgres");
        assertThat(parameters.table()).isEqualTo("read_model");
        assertThat(parameters.createTable()).isFalse();
        assertThat(parameters.viewTopics())
                .containsExactly("shop.view.customers", "shop.view.orders", "shop.view.order_lines");
        assertThat(parameters.kafka().deadLetterTopic()).isEqualTo("shop.view.dead-letters");
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
                    "jdbc:postgresql://localhost/shop" + query);
        }
    }

    @Nested
    class TheTable {
        @ParameterizedTest
        @ValueSource(strings = {"model", "shop.model", "_1", "b2.l_3"})
        void mayHaveASchema(String table) {
            assertThat(parameters("--table", table).table()).isEqualTo(table);
        }

        /** The name ends in SQL as it is. */
        @ParameterizedTest
        @ValueSource(strings = {"", "Model", "a.b.c", "a b", "a;drop table b", "a\"", "1a", "model.", "größe"})
        void isANameThatNeedsNoQuotes(String table) {
            assertRefused(
                    "--table: got '%s', expected NAME or SCHEMA.NAME, of at most 63 lower-case letters, digits and _ each"
                            .formatted(table),
                    "--table",
                    table);
        }

        @Test
        void hasANameThatPostgresDoesNotCut() {
            assertThat(parameters("--table", "a".repeat(63)).table()).hasSize(63);
            assertRefused(
                    "--table: got '%s', expected NAME or SCHEMA.NAME, of at most 63 lower-case letters, digits and _ each"
                            .formatted("a".repeat(64)),
                    "--table",
                    "a".repeat(64));
        }

        @Test
        void standsInPlaceOfAnOutputTopic() {
            assertRefused(
                    "--output-topic: got 'rows', expected none: this job writes to --table", "--output-topic", "rows");
        }
    }

    @Test
    void namePostgresAndNoOtherDatabase() {
        assertRefused(
                "--jdbc-url: got 'jdbc:mysql://localhost/shop', expected jdbc:postgresql://HOST:PORT/DATABASE",
                "--jdbc-url",
                "jdbc:mysql://localhost/shop");
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
    void keepDeadLettersOutOfTheViews() {
        assertRefused(
                "--dead-letter-topic: got 'a.orders', expected another topic than a view's",
                "--input-topic",
                "a",
                "--dead-letter-topic",
                "a.orders");
    }
}
