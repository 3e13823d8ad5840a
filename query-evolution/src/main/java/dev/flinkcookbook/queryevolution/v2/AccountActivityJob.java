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
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Says of each account, after each transaction, what has happened on it so far: flags → Kafka → pipeline → Kafka. */
public final class AccountActivityJob {

    /** Fixed for the life of the job: it is part of every savepoint. The parallelism may be anything up to it. */
    private static final int MAX_PARALLELISM = 128;

    private AccountActivityJob() {}

    public static void main(String[] args) throws Exception {
        Optional<AccountActivityParameters> parameters = AccountActivityParameters.from(args);
        if (parameters.isEmpty()) {
            return; // --help was printed
        }
        requireTopics(parameters.get());
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        define(environment, parameters.get());
        environment.execute("account-activity");
    }

    static void define(StreamExecutionEnvironment environment, AccountActivityParameters parameters) {
        FlinkDefaults.applyTo(environment);
        environment.setMaxParallelism(MAX_PARALLELISM);

        KafkaFlags kafka = parameters.kafka();
        KafkaSource<KafkaRecord> source = KafkaSources.<KafkaRecord>from(kafka)
                .setDeserializer(new WholeRecord())
                .build();
        DataStream<KafkaRecord> records = environment
                .fromSource(source, WatermarkStrategy.noWatermarks(), "read " + kafka.inputTopic())
                .uid("source");

        AccountActivityPipeline.Outputs outputs = AccountActivityPipeline.build(records);

        outputs.activity()
                .map(new WriteJson<>(Activity::account))
                .returns(TypeInformation.of(KafkaRecord.class))
                .name("activity as JSON")
                .uid("activity-as-json")
                .sinkTo(KafkaSinks.to(kafka.outputTopic(), "activity", kafka)
                        .setDeliveryGuarantee(kafka.delivery())
                        .build())
                .name("write " + kafka.outputTopic())
                .uid("write-activity");
        outputs.deadLetters()
                .sinkTo(KafkaSinks.to(kafka.deadLetterTopic(), "dead-letters", kafka)
                        .setDeliveryGuarantee(kafka.delivery())
                        .build())
                .name("write " + kafka.deadLetterTopic())
                .uid("write-dead-letters");
    }

    static void requireTopics(AccountActivityParameters parameters) throws InterruptedException {
        KafkaFlags kafka = parameters.kafka();
        TopicCheck.require(
                kafka,
                Map.of(kafka.outputTopic(), Map.of(), kafka.deadLetterTopic(), Map.of()),
                "activity",
                "dead-letters");
    }
}
