package dev.flinkcookbook.failingwell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.junit.jupiter.api.Test;

/** Flink ignores an option that it does not know without a word, so what the README shows is compared with those that it knows. */
class RestartSettingsTest {

    private static Map<String, String> ofTheReadme() throws IOException {
        return Files.readAllLines(Path.of("README.md")).stream()
                .filter(line -> line.startsWith("restart-strategy."))
                .map(line -> line.split(": ", 2))
                .collect(Collectors.toMap(setting -> setting[0], setting -> setting[1]));
    }

    private static List<ConfigOption<?>> known() throws IllegalAccessException {
        List<ConfigOption<?>> options = new ArrayList<>();
        for (Field field : RestartStrategyOptions.class.getFields()) {
            if (field.get(null) instanceof ConfigOption<?> option) {
                options.add(option);
            }
        }
        return options;
    }

    @Test
    void areKnownToFlink() throws IOException, IllegalAccessException {
        Map<String, String> settings = ofTheReadme();
        assertThat(known()).extracting(ConfigOption::key).containsAll(settings.keySet());

        Configuration configuration = Configuration.fromMap(settings);
        for (ConfigOption<?> option : known()) {
            configuration.getOptional(option); // Throws if it cannot be read.
        }
        assertThat(configuration.get(RestartStrategyOptions.RESTART_STRATEGY)).isEqualTo("exponential-delay");
        assertThat(configuration.get(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF))
                .isEqualTo(Duration.ofMinutes(1));
    }
}
