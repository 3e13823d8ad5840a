package dev.flinkcookbook.queryevolutionsql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.flinkcookbook.common.FlagException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaTableOptionsTest {

    @TempDir
    Path folder;

    private Path file() throws IOException {
        return Files.write(
                folder.resolve("client's.properties"),
                List.of(
                        "bootstrap.servers=elsewhere:1",
                        "sasl.mechanism=SCRAM-SHA-512",
                        "sasl.jaas.config=open sesame"));
    }

    @Test
    void nameTheFileAndNotWhatIsInIt() throws IOException {
        String path = file().toString().replace("'", "''");
        assertThat(KafkaTableOptions.readFrom(file()))
                .isEqualTo(", 'properties.config.providers' = 'file'"
                        + ", 'properties.config.providers.file.class' ="
                        + " 'org.apache.kafka.common.config.provider.FileConfigProvider'"
                        + ", 'properties.sasl.jaas.config' = '${file:" + path + ":sasl.jaas.config}'"
                        + ", 'properties.sasl.mechanism' = '${file:" + path + ":sasl.mechanism}'");
    }

    @Test
    void leaveThePasswordOutOfACompiledPlan() throws IOException {
        String script = Files.readString(Path.of("sql/account-totals-v1.sql"));
        Map<String, String> variables = Map.of("kafka-properties", KafkaTableOptions.readFrom(file()));
        String plan = SqlStatements.of(SqlScript.parse(script, name -> variables.getOrDefault(name, name)))
                .compiled()
                .asJsonString();

        assertThat(plan)
                .contains("properties.sasl.jaas.config", "FileConfigProvider")
                .doesNotContain("sesame");
    }

    @Test
    void needAFile() {
        assertThatExceptionOfType(FlagException.class)
                .isThrownBy(() -> SqlStatementParameters.from("--script", "s", "--kafka-properties", "/no/such/file"))
                .withMessage("--kafka-properties: got '/no/such/file', expected a readable properties file");
    }
}
