package dev.flinkcookbook.queryevolutionsql;

import dev.flinkcookbook.common.FlagException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.provider.FileConfigProvider;

/**
 * Options of a table on Kafka, by which Kafka's own clients take their settings from a file. So no secret is in the script, in a
 * compiled plan or in the graph of the job.
 */
final class KafkaTableOptions {

    private KafkaTableOptions() {}

    /**
     * What follows another option in {@code WITH (…)}, with a comma in front.
     *
     * @param file client properties; each machine of the cluster reads its own
     * @throws FlagException if there is no such file where main runs
     */
    static String readFrom(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new FlagException("--kafka-properties", file.toString(), "a readable properties file");
        }
        StringBuilder options = new StringBuilder();
        add(options, AbstractConfig.CONFIG_PROVIDERS_CONFIG, "file");
        add(options, AbstractConfig.CONFIG_PROVIDERS_CONFIG + ".file.class", FileConfigProvider.class.getName());
        for (String key : new TreeSet<>(properties.stringPropertyNames())) {
            if (!key.equals(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)) { // The script says where.
                add(options, key, "${file:" + file.toAbsolutePath() + ":" + key + "}");
            }
        }
        return options.toString();
    }

    private static void add(StringBuilder options, String key, String value) {
        options.append(", 'properties.%s' = '%s'".formatted(key, value.replace("'", "''")));
    }
}
