package dev.flinkcookbook.common;

import java.util.Properties;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/** Flink's own {@link KafkaSourceBuilder}, filled from the flags; the caller adds the deserializer and what else it likes. */
public final class KafkaSources {

    private KafkaSources() {}

    /** A source of the input topic. Starting offsets count only for a job without state. */
    public static <T> KafkaSourceBuilder<T> from(KafkaFlags flags) {
        return from(flags, flags.inputTopic());
    }

    /** As {@link #from(KafkaFlags)}, for a job that reads other topics than the input topic alone. */
    public static <T> KafkaSourceBuilder<T> from(KafkaFlags flags, String... topics) {
        Properties properties = flags.clientProperties();
        // Records of aborted transactions are nobody's input; a file of properties may say otherwise.
        properties.putIfAbsent(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        KafkaSourceBuilder<T> source = KafkaSource.<T>builder()
                .setProperties(properties)
                .setBootstrapServers(flags.bootstrapServers())
                .setTopics(topics)
                .setGroupId(flags.groupId())
                .setStartingOffsets(flags.startingOffsets().initializer());
        return flags.bounded() ? source.setBounded(OffsetsInitializer.latest()) : source;
    }
}
