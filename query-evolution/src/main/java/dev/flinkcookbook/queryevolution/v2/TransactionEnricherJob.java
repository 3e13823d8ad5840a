package dev.flinkcookbook.queryevolution.v2;

import dev.flinkcookbook.common.FlinkDefaults;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.common.KafkaSinks;
import dev.flinkcookbook.common.KafkaSources;
import dev.flinkcookbook.common.TopicCheck;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A job without state of its own: all that it must not lose is how far it has read. */
public final class TransactionEnricherJob {

    /** Fixed for the life of the job: it is part of every savepoint. The parallelism may be anything up to it. */
    private static final int MAX_PARALLELISM = 128;

    private TransactionEnricherJob() {}

    public static void main(String[] args) throws Exception {
        Optional<TransactionEnricherParameters> parameters = TransactionEnricherParameters.from(args);
        if (parameters.isEmpty()) {
            return; // --help was printed
        }
        requireTopics(parameters.get());
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        define(environment, parameters.get());
        environment.execute("transaction-enricher");
    }

    static void define(StreamExecutionEnvironment environment, TransactionEnricherParameters parameters) {
        FlinkDefaults.applyTo(environment);
        environment.setMaxParallelism(MAX_PARALLELISM);

        KafkaFlags kafka = parameters.kafka();
        KafkaSource<KafkaRecord> source = KafkaSources.<KafkaRecord>from(kafka)
                .setDeserializer(new WholeRecord())
                .build();
        DataStream<KafkaRecord> records = environment
                .fromSource(source, WatermarkStrategy.noWatermarks(), "read " + kafka.inputTopic())
                .uid("source");
        SingleOutputStreamOperator<Transaction> transactions = records.process(new ReadTransactions())
                .name("read transactions")
                .uid("read-transactions");

        transactions
                .map(new Enrich())
                .name("enrich")
                .uid("enrich")
                .map(new WriteJson<>(EnrichedTransaction::account))
                .returns(TypeInformation.of(KafkaRecord.class))
                .name("transactions as JSON")
                .uid("transactions-as-json")
                .sinkTo(KafkaSinks.to(kafka.outputTopic(), "transactions", kafka)
                        .setDeliveryGuarantee(kafka.delivery())
                        .build())
                .name("write " + kafka.outputTopic())
                .uid("write-transactions");
        transactions
                .getSideOutput(ReadTransactions.DEAD_LETTERS)
                .sinkTo(KafkaSinks.to(kafka.deadLetterTopic(), "dead-letters", kafka)
                        .setDeliveryGuarantee(kafka.delivery())
                        .build())
                .name("write " + kafka.deadLetterTopic())
                .uid("write-dead-letters");
    }

    static void requireTopics(TransactionEnricherParameters parameters) throws InterruptedException {
        KafkaFlags kafka = parameters.kafka();
        TopicCheck.require(
                kafka,
                Map.of(kafka.outputTopic(), Map.of(), kafka.deadLetterTopic(), Map.of()),
                "transactions",
                "dead-letters");
    }
}
