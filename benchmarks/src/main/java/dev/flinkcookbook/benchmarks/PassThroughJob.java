package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.common.Flags;
import dev.flinkcookbook.common.FlinkDefaults;
import dev.flinkcookbook.common.KafkaFlags;
import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.common.KafkaSinks;
import dev.flinkcookbook.common.KafkaSources;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import picocli.CommandLine.Mixin;

/** The recipe without the recipe: the same source and sink, and nothing between them. */
final class PassThroughJob {

    private static final class PassThroughFlags {
        @Mixin
        private final KafkaFlags kafka = new KafkaFlags("pass-through", "payments", "payments.copy");
    }

    private PassThroughJob() {}

    static void main(String[] args) throws Exception {
        PassThroughFlags flags = new PassThroughFlags();
        if (!Flags.parse(flags, args)) {
            return;
        }
        KafkaFlags kafka = flags.kafka;
        StreamExecutionEnvironment environment =
                FlinkDefaults.applyTo(StreamExecutionEnvironment.getExecutionEnvironment());
        environment
                .fromSource(
                        KafkaSources.<KafkaRecord>from(kafka)
                                .setDeserializer(new AsItIs())
                                .build(),
                        WatermarkStrategy.noWatermarks(),
                        "read " + kafka.inputTopic())
                .uid("read-events")
                .sinkTo(KafkaSinks.to(kafka.outputTopic(), "events", kafka)
                        .setDeliveryGuarantee(kafka.delivery())
                        .build())
                .name("write " + kafka.outputTopic())
                .uid("write-events");
        environment.execute("pass-through");
    }

    private static final class AsItIs implements KafkaRecordDeserializationSchema<KafkaRecord> {
        @Override
        public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<KafkaRecord> out) {
            out.collect(KafkaRecord.from(record));
        }

        @Override
        public TypeInformation<KafkaRecord> getProducedType() {
            return TypeInformation.of(KafkaRecord.class);
        }
    }
}
