package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.FlinkDefaults;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.common.KafkaSinks;
import dev.flinkcookbook.common.KafkaSources;
import dev.flinkcookbook.common.TopicCheck;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Sums up readings in windows, and loses none that is late: flags → Kafka → pipeline → Kafka. */
public final class LateDataJob {

    /** Fixed for the life of the job: it is part of every savepoint. The parallelism may be anything up to it. */
    private static final int MAX_PARALLELISM = 128;

    static final String NAME = "late-data";

    private LateDataJob() {}

    public static void main(String[] args) throws Exception {
        Optional<LateDataParameters> parameters = LateDataParameters.from(args);
        if (parameters.isEmpty()) {
            return; // --help was printed
        }
        requireTopics(parameters.get());
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        define(environment, parameters.get());
        environment.execute(NAME);
    }

    static void define(StreamExecutionEnvironment environment, LateDataParameters parameters) {
        FlinkDefaults.applyTo(environment);
        environment.setMaxParallelism(MAX_PARALLELISM);

        KafkaFlags kafka = parameters.kafka();
        KafkaSource<Arrival> source = KafkaSources.<Arrival>from(kafka)
                .setDeserializer(new ArrivalDeserializer(parameters.reader()))
                .build();
        DataStream<Arrival> arrivals = environment
                .fromSource(source, LateDataPipeline.watermarks(parameters), "read " + kafka.inputTopic())
                .uid("read-readings");

        LateDataPipeline.Outputs outputs = LateDataPipeline.build(arrivals, parameters.windows());

        outputs.results()
                .map(WindowResultJson::record)
                .returns(TypeInformation.of(KafkaRecord.class))
                .name("as JSON")
                .uid("as-json")
                .sinkTo(sink(kafka.outputTopic(), "results", kafka))
                .name("write " + kafka.outputTopic())
                .uid("write-results");
        outputs.late()
                .sinkTo(sink(parameters.lateTopic(), "late", kafka))
                .name("write " + parameters.lateTopic())
                .uid("write-late");
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

    static void requireTopics(LateDataParameters parameters) throws InterruptedException {
        KafkaFlags kafka = parameters.kafka();
        TopicCheck.require(
                kafka,
                Map.of(
                        // The newest result of each sensor and window stays, whatever the topic's retention.
                        kafka.outputTopic(), Map.of("cleanup.policy", "compact"),
                        parameters.lateTopic(), Map.of(),
                        kafka.deadLetterTopic(), Map.of()),
                "results",
                "late",
                "dead-letters");
    }
}
