package dev.flinkcookbook.queryevolutionsql;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/**
 * The connector {@code fed}: a table whose rows a test gives, {@code "a,x,5,2026-01-01T10:00:00"} each. It has state, as a table of
 * Kafka has.
 */
public final class FedTable implements DynamicTableSourceFactory {

    private static final ConfigOption<String> NAME =
            ConfigOptions.key("name").stringType().noDefaultValue();

    private static final Map<String, List<String>> ROWS = new ConcurrentHashMap<>();
    private static final Map<String, CountDownLatch> EMITTED = new ConcurrentHashMap<>();
    private static volatile boolean ends;

    /** What the tables of the next job have, and whether they end there or wait to be cancelled. */
    static void feed(Map<String, List<String>> rows, boolean andEnd) {
        ROWS.clear();
        ROWS.putAll(rows);
        EMITTED.clear();
        rows.keySet().forEach(table -> EMITTED.put(table, new CountDownLatch(1)));
        ends = andEnd;
    }

    /** Whether the rows of these tables are on their way; a savepoint that is begun after this is behind them. */
    static boolean haveEmittedAll(Set<String> tables) {
        return tables.stream().allMatch(table -> EMITTED.get(table).getCount() == 0);
    }

    @Override
    public String factoryIdentifier() {
        return "fed";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(NAME);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        String name = context.getCatalogTable().getOptions().get(NAME.key());
        RowType type = (RowType) context.getPhysicalRowDataType().getLogicalType();
        return new Source(name, type);
    }

    private record Source(String name, RowType type) implements ScanTableSource {

        @Override
        public ChangelogMode getChangelogMode() {
            return ChangelogMode.insertOnly();
        }

        @Override
        public ScanRuntimeProvider getScanRuntimeProvider(ScanContext scan) {
            return new DataStreamScanProvider() {
                @Override
                @SuppressWarnings("deprecation") // The new interface takes three classes for what is one method here.
                public DataStream<RowData> produceDataStream(
                        ProviderContext context, StreamExecutionEnvironment environment) {
                    var stream = environment
                            .addSource(new Feed(name, type), name, InternalTypeInfo.of(type))
                            .setParallelism(1);
                    context.generateUid("fed").ifPresent(stream::uid);
                    return stream;
                }

                @Override
                public boolean isBounded() {
                    return false;
                }
            };
        }

        @Override
        public DynamicTableSource copy() {
            return this;
        }

        @Override
        public String asSummaryString() {
            return "fed " + name;
        }
    }

    @SuppressWarnings("deprecation")
    private static final class Feed implements SourceFunction<RowData>, CheckpointedFunction {
        private final String table;
        private final RowType type;
        private transient volatile CountDownLatch cancelled;
        private transient ListState<Integer> emitted;

        private Feed(String table, RowType type) {
            this.table = table;
            this.type = type;
        }

        @Override
        public void run(SourceContext<RowData> context) throws Exception {
            cancelled = new CountDownLatch(1);
            synchronized (context.getCheckpointLock()) {
                for (String row : ROWS.get(table)) {
                    context.collect(row(row.split(",")));
                }
            }
            EMITTED.get(table).countDown();
            if (!ends) {
                cancelled.await();
            }
        }

        private RowData row(String[] values) {
            GenericRowData row = new GenericRowData(type.getFieldCount());
            for (int i = 0; i < type.getFieldCount(); i++) {
                row.setField(i, i < values.length ? value(type.getTypeAt(i), values[i]) : null);
            }
            return row;
        }

        private static Object value(LogicalType type, String text) {
            return switch (type.getTypeRoot()) {
                case INTEGER -> Integer.valueOf(text);
                case BIGINT -> Long.valueOf(text);
                case TIMESTAMP_WITHOUT_TIME_ZONE -> TimestampData.fromLocalDateTime(LocalDateTime.parse(text));
                default -> StringData.fromString(text);
            };
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            emitted.update(List.of(ROWS.get(table).size()));
        }

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            emitted = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("emitted", Types.INT));
        }

        @Override
        public void cancel() {
            CountDownLatch latch = cancelled;
            if (latch != null) {
                latch.countDown();
            }
        }
    }
}
