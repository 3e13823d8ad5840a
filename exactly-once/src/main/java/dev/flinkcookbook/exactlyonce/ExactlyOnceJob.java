package dev.flinkcookbook.exactlyonce;

import dev.flinkcookbook.common.FlinkDefaults;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.common.KafkaSinks;
import dev.flinkcookbook.common.TopicCheck;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Books transfers as ledger entries, each exactly once: flags → Kafka → pipeline → Kafka, with nothing left to defaults. */
public final class ExactlyOnceJob {

    private static final Logger LOG = LoggerFactory.getLogger(ExactlyOnceJob.class);

    /** Fixed for the life of the job: it is part of every savepoint. The parallelism may be anything up to it. */
    private static final int MAX_PARALLELISM = 128;

    /** A transaction may have to wait for two. Of Flink's own default, ten minutes, two are longer than its fifteen. */
    private static final Duration CHECKPOINT_TIMEOUT = Duration.ofMinutes(5);

    private ExactlyOnceJob() {}

    public static void main(String[] args) throws Exception {
        Optional<ExactlyOnceParameters> parameters = ExactlyOnceParameters.from(args);
        if (parameters.isEmpty()) {
            return; // --help was printed
        }
        requireTopics(parameters.get());
        StreamExecutionEnvironment environment = environment();
        requireTimeouts(environment, parameters.get().kafka(), parameters.get().transactions());
        define(environment, parameters.get());
        sayWhatConsumersNeed(parameters.get().kafka());
        environment.execute("exactly-once");
    }

    /** The environment with all that the guarantee rests on, where Flink's configuration says nothing. */
    static StreamExecutionEnvironment environment() {
        StreamExecutionEnvironment environment =
                FlinkDefaults.applyTo(StreamExecutionEnvironment.getExecutionEnvironment());
        environment.setMaxParallelism(MAX_PARALLELISM);
        if (environment
                .getConfiguration()
                .getOptional(CheckpointingOptions.CHECKPOINTING_TIMEOUT)
                .isEmpty()) {
            environment.getCheckpointConfig().setCheckpointTimeout(CHECKPOINT_TIMEOUT.toMillis());
        }
        return environment;
    }

    static void define(StreamExecutionEnvironment environment, ExactlyOnceParameters parameters) {
        KafkaFlags kafka = parameters.kafka();

        KafkaSourceBuilder<KafkaRecord> source = KafkaSource.<KafkaRecord>builder()
                .setProperties(kafka.clientProperties())
                .setBootstrapServers(kafka.bootstrapServers())
                .setTopics(kafka.inputTopic())
                .setDeserializer(new WholeRecord())
                // Records of aborted transactions are nobody's input.
                .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
                // Only without state: with state, the offsets in it count.
                .setStartingOffsets(kafka.startingOffsets().initializer())
                // The offsets that the group commits are for monitoring the lag: with state, nobody reads them.
                .setGroupId(kafka.groupId());
        if (kafka.bounded()) {
            source.setBounded(OffsetsInitializer.latest());
        }
        DataStream<KafkaRecord> records = environment
                .fromSource(source.build(), WatermarkStrategy.noWatermarks(), "read " + kafka.inputTopic())
                .uid("read-transfers");

        ExactlyOncePipeline.Outputs outputs = ExactlyOncePipeline.build(records);

        Properties producer = kafka.clientProperties();
        // What is open for longer the broker aborts, even if a checkpoint says that it was written.
        producer.setProperty(
                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                Long.toString(parameters.transactions().timeout().toMillis()));
        // The output waits for the checkpoint anyway, so large batches delay nothing.
        producer.putIfAbsent(ProducerConfig.BATCH_SIZE_CONFIG, "262144");
        producer.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, "20");
        producer.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");

        KafkaSink<LedgerEntry> ledger = KafkaSink.<LedgerEntry>builder()
                .setKafkaProducerConfig(producer)
                .setBootstrapServers(kafka.bootstrapServers())
                .setRecordSerializer(KafkaRecordSerializationSchema.<LedgerEntry>builder()
                        .setTopic(kafka.outputTopic())
                        .setKeySerializationSchema(LedgerEntryJson::key)
                        .setValueSerializationSchema(new LedgerEntryJson())
                        .build())
                .setDeliveryGuarantee(kafka.delivery())
                // Unique per job and environment, and stable over restarts: by it the sink finds the transactions
                // of its former life, commits or aborts them, and fences whoever else uses it.
                .setTransactionalIdPrefix(kafka.transactionalIdPrefix() + "-ledger")
                // Few ids, used again; after a failure the sink asks the broker which of them are open.
                .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
                .build();
        outputs.ledger().sinkTo(ledger).name("write " + kafka.outputTopic()).uid("write-ledger");

        outputs.deadLetters()
                .sinkTo(KafkaSinks.to(kafka.deadLetterTopic(), "dead-letters", kafka)
                        .setKafkaProducerConfig(producer)
                        .setDeliveryGuarantee(kafka.delivery())
                        .build())
                .name("write " + kafka.deadLetterTopic())
                .uid("write-dead-letters");
    }

    static void requireTopics(ExactlyOnceParameters parameters) throws InterruptedException {
        KafkaFlags kafka = parameters.kafka();
        TopicCheck.require(
                kafka,
                Map.of(kafka.outputTopic(), Map.of(), kafka.deadLetterTopic(), Map.of()),
                "ledger",
                "dead-letters");
    }

    /** Refuses timeouts with which an outage would lose data. */
    static void requireTimeouts(StreamExecutionEnvironment environment, KafkaFlags kafka, TransactionFlags transactions)
            throws InterruptedException {
        if (kafka.delivery() == DeliveryGuarantee.EXACTLY_ONCE) {
            TransactionTimeouts.of(environment.getCheckpointConfig(), transactions)
                    .require(BrokerLimits.longestTransaction(kafka.clientProperties()));
        }
    }

    private static void sayWhatConsumersNeed(KafkaFlags kafka) {
        if (kafka.delivery() == DeliveryGuarantee.EXACTLY_ONCE) {
            LOG.info("Consumers of {} need isolation.level=read_committed", kafka.outputTopic());
        }
    }
}
