package dev.flinkcookbook.benchmarks;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** The Kafka client properties that all variants share, as a file: that is how the recipe takes them. */
final class ClientProperties {

    /** What {@code --tuned-sink} sets. */
    static final Map<String, String> TUNED_SINK =
            Map.of("batch.size", "262144", "linger.ms", "20", "compression.type", "lz4");

    /** Of a job that is set for latency: a record does not wait for others. */
    static final Map<String, String> NO_LINGER = Map.of("linger.ms", "0");

    private ClientProperties() {}

    static void write(Path file, Map<String, String> values) throws IOException {
        Properties properties = new Properties();
        properties.putAll(values);
        try (Writer writer = Files.newBufferedWriter(file)) {
            properties.store(writer, null);
        }
    }

    static Map<String, String> read(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        Map<String, String> values = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> values.put(name, properties.getProperty(name)));
        return values;
    }
}
