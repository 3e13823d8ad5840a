package dev.flinkcookbook.failingwell;

import dev.flinkcookbook.common.FlinkDefaults;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.common.KafkaSinks;
import dev.flinkcookbook.common.KafkaSources;
import dev.flinkcookbook.common.TopicCheck;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Asks a service over HTTP about each payment of a topic: flags → Kafka → pipeline → Kafka. */
public final class PaymentScreeningJob {

    /** Fixed for the life of the job: it is part of every savepoint. The parallelism may be anything up to it. */
    private static final int MAX_PARALLELISM = 128;

    private PaymentScreeningJob() {}

    public static void main(String[] args) throws Exception {
        Optional<PaymentScreeningParameters> parameters = PaymentScreeningParameters.from(args);
        if (parameters.isEmpty()) {
            return; // --help was printed
        }
        requireTopics(parameters.get());
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        define(environment, parameters.get());
        environment.execute("failing-well");
    }

    static void define(StreamExecutionEnvironment environment, PaymentScreeningParameters parameters) {
        FlinkDefaults.applyTo(environment);
        environment.setMaxParallelism(MAX_PARALLELISM);

        KafkaFlags kafka = parameters.kafka();
        KafkaSource<KafkaRecord> source = KafkaSources.<KafkaRecord>from(kafka)
                .setDeserializer(new PaymentDeserializer())
                .build();
        DataStream<KafkaRecord> records = environment
                .fromSource(source, WatermarkStrategy.noWatermarks(), "read " + kafka.inputTopic())
                .uid("read-payments");

        PaymentScreeningPipeline.Outputs outputs = PaymentScreeningPipeline.build(records, parameters);

        outputs.screened()
                .sinkTo(sink(kafka.outputTopic(), "screened", kafka))
                .name("write " + kafka.outputTopic())
                .uid("write-screened");
        outputs.unscreened()
                .sinkTo(sink(parameters.unscreenedTopic(), "unscreened", kafka))
                .name("write " + parameters.unscreenedTopic())
                .uid("write-unscreened");
        outputs.deadLetters()
                .sinkTo(sink(kafka.deadLetterTopic(), "dead-letters", kafka))
                .name("write " + kafka.deadLetterTopic())
                .uid("write-dead-letters");
    }

    private static KafkaSink<KafkaRecord> sink(String topic, String name, KafkaFlags kafka) {
        return KafkaSinks.to(topic, name, kafka)
                .setDeliveryGuarantee(kafka.delivery())
                .build();
    }

    static void requireTopics(PaymentScreeningParameters parameters) throws InterruptedException {
        KafkaFlags kafka = parameters.kafka();
        TopicCheck.require(
                kafka,
                Map.of(
                        kafka.outputTopic(), Map.of(),
                        parameters.unscreenedTopic(), Map.of(),
                        kafka.deadLetterTopic(), Map.of()),
                "screened",
                "unscreened",
                "dead-letters");
    }
}
