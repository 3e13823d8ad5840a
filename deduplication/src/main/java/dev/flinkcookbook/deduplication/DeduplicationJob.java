package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.common.FlinkDefaults;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.common.KafkaSinks;
import dev.flinkcookbook.common.KafkaSources;
import dev.flinkcookbook.common.TopicCheck;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Reads events from a topic and forwards each of them once: flags → Kafka → pipeline → Kafka. */
public final class DeduplicationJob {

    /** Fixed for the life of the job: it is part of every savepoint. The parallelism may be anything up to it. */
    private static final int MAX_PARALLELISM = 128;

    private DeduplicationJob() {}

    public static void main(String[] args) throws Exception {
        Optional<DeduplicationParameters> parameters = DeduplicationParameters.from(args);
        if (parameters.isEmpty()) {
            return; // --help was printed
        }
        requireTopics(parameters.get());
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        define(environment, parameters.get());
        environment.execute("deduplication");
    }

    static void define(StreamExecutionEnvironment environment, DeduplicationParameters parameters) {
        FlinkDefaults.applyTo(environment);
        environment.setMaxParallelism(MAX_PARALLELISM);

        KafkaFlags kafka = parameters.kafka();
        KafkaSource<Occurrence> source = KafkaSources.<Occurrence>from(kafka)
                .setDeserializer(new OccurrenceDeserializer(parameters.fields()))
                .build();
        DataStream<Occurrence> occurrences = environment
                .fromSource(source, DeduplicationPipeline.watermarks(parameters), "read " + kafka.inputTopic())
                .uid("read-events");

        DeduplicationPipeline.Outputs outputs = DeduplicationPipeline.build(occurrences, parameters);

        outputs.events()
                .sinkTo(sink(kafka.outputTopic(), "events", kafka))
                .name("write " + kafka.outputTopic())
                .uid("write-events");
        outputs.deadLetters()
                .sinkTo(sink(kafka.deadLetterTopic(), "dead-letters", kafka))
                .name("write " + kafka.deadLetterTopic())
                .uid("write-dead-letters");
        parameters
                .duplicatesTopic()
                .ifPresent(topic -> outputs.duplicates()
                        .sinkTo(sink(topic, "duplicates", kafka))
                        .name("write " + topic)
                        .uid("write-duplicates"));
    }

    private static KafkaSink<KafkaRecord> sink(String topic, String name, KafkaFlags kafka) {
        return KafkaSinks.to(topic, name, kafka)
                .setDeliveryGuarantee(kafka.delivery())
                .build();
    }

    static void requireTopics(DeduplicationParameters parameters) throws InterruptedException {
        KafkaFlags kafka = parameters.kafka();
        Map<String, Map<String, String>> outputs = new HashMap<>();
        boolean latest = parameters.strategy() == DeduplicationParameters.Strategy.KEEP_LATEST;
        outputs.put(kafka.outputTopic(), latest ? Map.of("cleanup.policy", "compact") : Map.of());
        outputs.put(kafka.deadLetterTopic(), Map.of());
        List<String> sinks = new ArrayList<>(List.of("events", "dead-letters"));
        parameters.duplicatesTopic().ifPresent(topic -> {
            outputs.put(topic, Map.of());
            sinks.add("duplicates");
        });
        TopicCheck.require(kafka, outputs, sinks.toArray(String[]::new));
    }
}
