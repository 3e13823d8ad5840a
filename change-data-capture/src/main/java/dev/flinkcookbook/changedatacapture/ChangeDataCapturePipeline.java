package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.common.KafkaRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.util.Collector;

/** The topology: records of Debezium's topics in; what really changed, enriched orders and dead letters out. */
final class ChangeDataCapturePipeline {

    /**
     * @param changes of rows, each once; and again, as stale, if it is told again
     * @param readUpTo how far the tables' topics have been read
     * @param deadLetters what is no change
     */
    record Views(DataStream<Change> changes, DataStream<ReadUpTo> readUpTo, DataStream<KafkaRecord> deadLetters) {

        /**
         * The newest rows, and tombstones.
         *
         * @param topics of the tables
         */
        DataStream<KafkaRecord> rows(Map<Table, String> topics) {
            return changes.flatMap((Change change, Collector<KafkaRecord> out) -> {
                        if (change.operation() != Operation.STALE) {
                            out.collect(Json.view(change, topics.get(change.table())));
                        }
                    })
                    .returns(TypeInformation.of(KafkaRecord.class))
                    .name("views")
                    .uid("views");
        }

        /** What has happened to all rows. */
        DataStream<KafkaRecord> audit() {
            return changes.flatMap((Change change, Collector<KafkaRecord> out) -> {
                        if (change.operation() != Operation.STALE) {
                            out.collect(Json.audit(change));
                        }
                    })
                    .returns(TypeInformation.of(KafkaRecord.class))
                    .name("audit")
                    .uid("audit");
        }
    }

    private ChangeDataCapturePipeline() {}

    /** The newest version of each row. */
    static Views views(DataStream<KafkaRecord> records, ChangeDataCaptureParameters parameters) {
        SingleOutputStreamOperator<Change> changes = records.process(new SplitOutDeadLetters(parameters.reader()))
                .name("read changes")
                .uid("read-changes");
        DataStream<ReadUpTo> readUpTo = records.transform(
                        "tell read up to", TypeInformation.of(ReadUpTo.class), new TellReadUpTo())
                .uid("tell-read-up-to");
        DataStream<Change> ofAllRows = changes.getSideOutput(SplitOutDeadLetters.OF_ALL_ROWS)
                .connect(readUpTo)
                .transform(
                        "await older changes",
                        TypeInformation.of(Change.class),
                        awaitOlder(Change.class, AwaitOlder.How.EACH, parameters))
                .setParallelism(1)
                .uid("await-older-changes");
        boolean bounded = parameters.kafka().bounded();
        DataStream<Change> newest = changes.keyBy(Change::row)
                .connect(ofAllRows.broadcast())
                .transform(
                        "keep newest",
                        TypeInformation.of(Change.class),
                        new KeepNewestToTheEnd(new KeepNewest(parameters.keepDeletes(), bounded), bounded))
                .uid("keep-newest");
        return new Views(newest, readUpTo, changes.getSideOutput(SplitOutDeadLetters.DEAD_LETTERS));
    }

    /** Orders with lines and customer, of whole transactions. */
    static DataStream<KafkaRecord> orders(
            Views views, DataStream<TransactionEnd> ends, ChangeDataCaptureParameters parameters) {
        DataStream<TransactionEnd> inTime = ends.connect(views.readUpTo())
                .transform(
                        "await the snapshot",
                        TypeInformation.of(TransactionEnd.class),
                        awaitOlder(TransactionEnd.class, AwaitOlder.How.FIRST, parameters))
                .setParallelism(1)
                .uid("await-the-snapshot")
                .assignTimestampsAndWatermarks(EndsAreTime.watermarks())
                .setParallelism(1)
                .name("ends are time")
                .uid("ends-are-time");
        DataStream<Part> parts = views.changes()
                .keyBy(ChangeDataCapturePipeline::transaction, Types.LONG)
                .connect(inTime.keyBy(TransactionEnd::transaction))
                .transform(
                        "assemble transactions",
                        TypeInformation.of(Part.class),
                        new AssembleTransactions(
                                parameters.waitForEnd(), parameters.largestTransaction(), backlog(parameters)))
                .uid("assemble-transactions");
        DataStream<OrderVersion> orders = parts.filter(part -> part.table() != Table.CUSTOMERS)
                .name("orders and lines")
                .uid("orders-and-lines")
                .keyBy(Part::owner)
                .process(new AssembleOrders())
                .name("assemble orders")
                .uid("assemble-orders");
        DataStream<Part> customers = parts.filter(part -> part.table() == Table.CUSTOMERS)
                .name("customers")
                .uid("customers");
        return orders.keyBy(OrderVersion::customer)
                .connect(customers.keyBy(Part::owner))
                .process(new EnrichOrders())
                .name("enrich orders")
                .uid("enrich-orders")
                .keyBy(EnrichedOrder::order)
                .process(new KeepNewestOrder())
                .name("keep newest order")
                .uid("keep-newest-order")
                .map(Json::enrichedOrder)
                .returns(TypeInformation.of(KafkaRecord.class))
                .name("orders as JSON")
                .uid("orders-as-json");
    }

    private static <T> AwaitOlder<T> awaitOlder(
            Class<T> type, AwaitOlder.How how, ChangeDataCaptureParameters parameters) {
        return new AwaitOlder<>(type, how, parameters.kafka().clientProperties(), parameters.inputTopics());
    }

    private static Backlog backlog(ChangeDataCaptureParameters parameters) {
        List<String> topics = new ArrayList<>(parameters.inputTopics());
        topics.add(parameters.transactionTopic());
        return new KafkaBacklog(
                parameters.kafka().clientProperties(), parameters.kafka().groupId(), topics);
    }

    /** Rows of a snapshot belong to no transaction; any negative number will do, so that they are spread. */
    private static Long transaction(Change change) {
        return change.isOfSnapshot() ? -1L - (change.row().hashCode() & Integer.MAX_VALUE) : change.transaction();
    }
}
