package dev.flinkcookbook.measuringlatency;

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
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Reads events from a topic and writes each with its stamps: flags → Kafka → pipeline → Kafka. */
public final class MeasuringLatencyJob {

    /** Fixed for the life of the job: it is part of every savepoint. The parallelism may be anything up to it. */
    private static final int MAX_PARALLELISM = 128;

    private MeasuringLatencyJob() {}

    public static void main(String[] args) throws Exception {
        Optional<MeasuringLatencyParameters> parameters = MeasuringLatencyParameters.from(args);
        if (parameters.isEmpty()) {
            return; // --help was printed
        }
        KafkaFlags kafka = parameters.get().kafka();
        TopicCheck.require(
                kafka,
                Map.of(kafka.outputTopic(), Map.of(), kafka.deadLetterTopic(), Map.of()),
                "results",
                "dead-letters");
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        define(environment, parameters.get());
        environment.execute("measuring-latency");
    }

    static void define(StreamExecutionEnvironment environment, MeasuringLatencyParameters parameters) {
        FlinkDefaults.applyTo(environment);
        environment.setMaxParallelism(MAX_PARALLELISM);

        KafkaFlags kafka = parameters.kafka();
        DataStream<Arrival> arrivals = environment
                .fromSource(
                        KafkaSources.<Arrival>from(kafka)
                                .setDeserializer(new ArrivalDeserializer())
                                .build(),
                        watermarks(parameters),
                        "read " + kafka.inputTopic())
                .uid("read-events");

        MeasuringLatencyPipeline.Outputs outputs = MeasuringLatencyPipeline.build(
                arrivals, parameters.window(), parameters.processingTime(), parameters.measureOneIn());

        outputs.results()
                .sinkTo(sink(kafka.outputTopic(), "results", kafka))
                .name("write " + kafka.outputTopic())
                .uid("write-results");
        outputs.deadLetters()
                .sinkTo(sink(kafka.deadLetterTopic(), "dead-letters", kafka))
                .name("write " + kafka.deadLetterTopic())
                .uid("write-dead-letters");
    }

    /** Event time is Kafka's timestamp, which the source has given each record; each partition has a watermark of its own. */
    private static WatermarkStrategy<Arrival> watermarks(MeasuringLatencyParameters parameters) {
        WatermarkStrategy<Arrival> bounded = WatermarkStrategy.forBoundedOutOfOrderness(parameters.outOfOrderness());
        return parameters.idleAfter().isZero() ? bounded : bounded.withIdleness(parameters.idleAfter());
    }

    private static KafkaSink<KafkaRecord> sink(String topic, String name, KafkaFlags kafka) {
        return KafkaSinks.to(topic, name, kafka)
                .setDeliveryGuarantee(kafka.delivery())
                .build();
    }
}
