package dev.flinkcookbook.common;

import java.time.Duration;
import java.util.Properties;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Flink's own {@link KafkaSinkBuilder}, filled from the flags; the caller sets the delivery guarantee and what else it likes. */
public final class KafkaSinks {

    /** The broker's default maximum. The connector's own default, one hour, is refused by such a broker. */
    private static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(15);

    /** Above any record that a topic with common limits takes: how large a record may be is the broker's decision. */
    private static final int LARGEST_REQUEST_BYTES = 16 * 1024 * 1024;

    // Large, compressed batches: a third of a job's processor time can go into small ones (docs/benchmarks).
    // Exactly-once
    // output waits for the checkpoint anyway, so the wait for a full batch delays nothing.
    private static final int BATCH_BYTES = 256 * 1024;
    private static final Duration LINGER = Duration.ofMillis(20);
    private static final String COMPRESSION = "lz4";

    private KafkaSinks() {}

    /**
     * A sink that writes each record byte for byte: key, value, headers and timestamp.
     *
     * @param name tells the transactional ids of a job's sinks apart; never change it once the job has run
     */
    public static KafkaSinkBuilder<KafkaRecord> to(String topic, String name, KafkaFlags flags) {
        Properties properties = flags.clientProperties();
        properties.putIfAbsent(
                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Long.toString(TRANSACTION_TIMEOUT.toMillis()));
        properties.putIfAbsent(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(LARGEST_REQUEST_BYTES));
        properties.putIfAbsent(ProducerConfig.BATCH_SIZE_CONFIG, Integer.toString(BATCH_BYTES));
        properties.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, Long.toString(LINGER.toMillis()));
        properties.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, COMPRESSION);
        return KafkaSink.<KafkaRecord>builder()
                .setKafkaProducerConfig(properties)
                .setBootstrapServers(flags.bootstrapServers())
                .setTransactionalIdPrefix(flags.transactionalIdPrefix() + "-" + name)
                .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
                .setRecordSerializer(new ForwardRecord(topic));
    }
}
