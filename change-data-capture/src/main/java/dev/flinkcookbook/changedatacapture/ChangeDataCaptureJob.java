package dev.flinkcookbook.changedatacapture;

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
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Keeps views of a database's tables, an audit of their changes, and enriched orders: flags → Kafka → pipeline → Kafka. */
public final class ChangeDataCaptureJob {

    /** Fixed for the life of the job: it is part of every savepoint. The parallelism may be anything up to it. */
    private static final int MAX_PARALLELISM = 128;

    static final String NAME = "change-data-capture";

    private ChangeDataCaptureJob() {}

    public static void main(String[] args) throws Exception {
        Optional<ChangeDataCaptureParameters> parameters = ChangeDataCaptureParameters.from(args);
        if (parameters.isEmpty()) {
            return; // --help was printed
        }
        requireTopics(parameters.get());
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        define(environment, parameters.get());
        environment.execute(NAME);
    }

    static void define(StreamExecutionEnvironment environment, ChangeDataCaptureParameters parameters) {
        FlinkDefaults.applyTo(environment);
        requireAlignedCheckpoints(environment);
        environment.setMaxParallelism(MAX_PARALLELISM);
        KafkaFlags kafka = parameters.kafka();

        ChangeDataCapturePipeline.Views views =
                ChangeDataCapturePipeline.views(readTables(environment, parameters), parameters);
        DataStream<KafkaRecord> deadLetters = views.deadLetters();
        if (parameters.writes(Output.VIEWS)) {
            writeViews(views.rows(parameters.viewTopics()), parameters);
        }
        if (parameters.writes(Output.AUDIT)) {
            write(views.audit(), "audit", parameters.auditTopic(), kafka);
        }
        if (parameters.writes(Output.ORDERS)) {
            SingleOutputStreamOperator<TransactionEnd> ends = readTransactions(environment, parameters);
            DataStream<KafkaRecord> orders = ChangeDataCapturePipeline.orders(views, ends, parameters);
            write(orders, "enriched-orders", parameters.enrichedTopic(), kafka);
            deadLetters = deadLetters.union(ends.getSideOutput(SplitOutDeadLetters.DEAD_LETTERS));
        }
        write(deadLetters, "dead-letters", kafka.deadLetterTopic(), kafka);
    }

    /** By its checkpoints {@link AwaitOlder} knows what has been processed; an unaligned one overtakes records. */
    private static void requireAlignedCheckpoints(StreamExecutionEnvironment environment) {
        if (environment.getCheckpointConfig().isUnalignedCheckpointsEnabled()) {
            throw new IllegalStateException("execution.checkpointing.unaligned.enabled is true: an order could be shown"
                    + " before all of the snapshot has been processed");
        }
    }

    private static DataStream<KafkaRecord> readTables(
            StreamExecutionEnvironment environment, ChangeDataCaptureParameters parameters) {
        KafkaSource<KafkaRecord> source = KafkaSources.<KafkaRecord>from(
                        parameters.kafka(), parameters.inputTopics().toArray(String[]::new))
                .setDeserializer(new WholeRecord())
                .build();
        // A bounded job has nobody to wait for: it sorts everything by time, and its end is the end of time.
        WatermarkStrategy<KafkaRecord> time =
                parameters.kafka().bounded() ? WatermarkStrategy.noWatermarks() : EndsAreTime.neverWaitedFor();
        return environment.fromSource(source, time, "read tables").uid("read-tables");
    }

    /** By one subtask: the topic has one partition, and its order is the order of commits. */
    private static SingleOutputStreamOperator<TransactionEnd> readTransactions(
            StreamExecutionEnvironment environment, ChangeDataCaptureParameters parameters) {
        KafkaFlags kafka = parameters.kafka();
        KafkaSource<KafkaRecord> source = KafkaSources.<KafkaRecord>from(kafka, parameters.transactionTopic())
                .setDeserializer(new WholeRecord())
                .build();
        return environment
                .fromSource(source, WatermarkStrategy.noWatermarks(), "read transactions")
                .setParallelism(1)
                .uid("read-transactions")
                .process(new ReadTransactionEnds(parameters.collections()))
                .setParallelism(1)
                .name("read ends")
                .uid("read-ends");
    }

    /** By one sink: a transaction of a sink costs the same with one topic in it and with three. */
    private static void writeViews(DataStream<KafkaRecord> rows, ChangeDataCaptureParameters parameters) {
        List<String> topics = List.copyOf(parameters.viewTopics().values());
        KafkaSink<KafkaRecord> sink = KafkaSinks.toItsTopic(topics, "views", parameters.kafka())
                .setDeliveryGuarantee(parameters.kafka().delivery())
                .build();
        rows.sinkTo(sink).name("write views").uid("write-views");
    }

    /** @param name never to be changed: it is part of the sink's uid and of its transactional ids */
    private static void write(DataStream<KafkaRecord> records, String name, String topic, KafkaFlags kafka) {
        KafkaSink<KafkaRecord> sink = KafkaSinks.to(topic, name, kafka)
                .setDeliveryGuarantee(kafka.delivery())
                .build();
        records.sinkTo(sink).name("write " + topic).uid("write-" + name);
    }

    static void requireTopics(ChangeDataCaptureParameters parameters) throws InterruptedException {
        List<String> inputs = new ArrayList<>(parameters.inputTopics());
        // The newest of each row and of each order stays, whatever the topic's retention.
        Map<String, String> compacted = Map.of("cleanup.policy", "compact");
        Map<String, Map<String, String>> outputs = new HashMap<>();
        List<String> sinks = new ArrayList<>(List.of("dead-letters"));
        outputs.put(parameters.kafka().deadLetterTopic(), Map.of());
        if (parameters.writes(Output.VIEWS)) {
            Stream.of(Table.values()).forEach(table -> outputs.put(parameters.viewTopic(table), compacted));
            sinks.add("views");
        }
        if (parameters.writes(Output.AUDIT)) {
            outputs.put(parameters.auditTopic(), Map.of());
            sinks.add("audit");
        }
        if (parameters.writes(Output.ORDERS)) {
            inputs.add(parameters.transactionTopic());
            outputs.put(parameters.enrichedTopic(), compacted);
            sinks.add("enriched-orders");
        }
        TopicCheck.require(parameters.kafka(), inputs, outputs, sinks.toArray(String[]::new));
        if (parameters.writes(Output.ORDERS)) {
            TopicCheck.requireOnePartition(parameters.kafka(), parameters.transactionTopic());
        }
    }
}
