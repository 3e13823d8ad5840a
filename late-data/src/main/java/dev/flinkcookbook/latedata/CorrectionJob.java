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

/**
 * Corrects what {@link LateDataJob} has published by what came too late for it. Reads the late topic and the topic of results,
 * and writes to the latter; what it has written there itself it does not take for a result.
 */
public final class CorrectionJob {

    /** Fixed for the life of the job: it is part of every savepoint. The parallelism may be anything up to it. */
    private static final int MAX_PARALLELISM = 128;

    static final String NAME = "late-data-correction";

    private CorrectionJob() {}

    public static void main(String[] args) throws Exception {
        Optional<CorrectionParameters> parameters = CorrectionParameters.from(args);
        if (parameters.isEmpty()) {
            return; // --help was printed
        }
        requireTopics(parameters.get());
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        define(environment, parameters.get());
        environment.execute(NAME);
    }

    static void define(StreamExecutionEnvironment environment, CorrectionParameters parameters) {
        FlinkDefaults.applyTo(environment);
        environment.setMaxParallelism(MAX_PARALLELISM);

        KafkaFlags kafka = parameters.kafka();
        KafkaSource<WindowPart> source = KafkaSources.<WindowPart>from(kafka, kafka.inputTopic(), kafka.outputTopic())
                .setDeserializer(new WindowPartReader(kafka.outputTopic()))
                .build();
        DataStream<WindowPart> parts = environment
                .fromSource(source, CorrectionPipeline.watermarks(parameters), "read results and late readings")
                .uid("read-parts");

        CorrectionPipeline.Outputs outputs = CorrectionPipeline.build(parts, parameters.correctWithin());

        outputs.corrections()
                .map(WindowResultJson::record)
                .returns(TypeInformation.of(KafkaRecord.class))
                .name("as JSON")
                .uid("as-json")
                .sinkTo(sink(kafka.outputTopic(), "corrections", kafka))
                .name("write " + kafka.outputTopic())
                .uid("write-corrections");
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

    static void requireTopics(CorrectionParameters parameters) throws InterruptedException {
        KafkaFlags kafka = parameters.kafka();
        TopicCheck.require(
                kafka,
                Map.of(
                        kafka.outputTopic(), Map.of("cleanup.policy", "compact"),
                        kafka.deadLetterTopic(), Map.of()),
                "corrections",
                "dead-letters");
    }
}
