package dev.flinkcookbook.common;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Flink's own {@link KafkaSinkBuilder}, filled from the flags; the caller sets the delivery guarantee and what else it likes. */
public final class KafkaSinks {

    /**
     * What a sink's producer gets unless {@code --kafka-properties} says otherwise.
     *
     * <p>Large, compressed batches: small ones can take a third of a job's processor time. Exactly-once output waits for the
     * checkpoint anyway, so waiting for a full batch delays nothing.
     */
    public static final Map<String, String> PRODUCER_DEFAULTS = Map.of(
            // The broker's default maximum. The connector's own default, one hour, is refused by such a broker.
            ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                    Long.toString(Duration.ofMinutes(15).toMillis()),
            // Above any record that a topic with common limits takes: how large a record may be is the broker's
            // decision.
            ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(16 * 1024 * 1024),
            ProducerConfig.BATCH_SIZE_CONFIG, Integer.toString(256 * 1024),
            ProducerConfig.LINGER_MS_CONFIG, "20",
            ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");

    private KafkaSinks() {}

    /**
     * A sink that writes each record byte for byte: key, value, headers and timestamp.
     *
     * @param name tells the transactional ids of a job's sinks apart; never change it once the job has run
     */
    public static KafkaSinkBuilder<KafkaRecord> to(String topic, String name, KafkaFlags flags) {
        return with(new ForwardRecord(topic), name, flags);
    }

    /**
     * As {@link #to}, but each record goes to the topic that it names. Fewer producers and transactions than a sink for each topic has.
     *
     * @param topics all that the records may name
     */
    public static KafkaSinkBuilder<KafkaRecord> toItsTopic(List<String> topics, String name, KafkaFlags flags) {
        return with(new ForwardToItsTopic(List.copyOf(topics)), name, flags);
    }

    private static KafkaSinkBuilder<KafkaRecord> with(
            KafkaRecordSerializationSchema<KafkaRecord> serializer, String name, KafkaFlags flags) {
        Properties properties = flags.clientProperties();
        PRODUCER_DEFAULTS.forEach(properties::putIfAbsent);
        return KafkaSink.<KafkaRecord>builder()
                .setKafkaProducerConfig(properties)
                .setBootstrapServers(flags.bootstrapServers())
                .setTransactionalIdPrefix(flags.transactionalIdPrefix() + "-" + name)
                .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
                .setRecordSerializer(serializer);
    }
}
