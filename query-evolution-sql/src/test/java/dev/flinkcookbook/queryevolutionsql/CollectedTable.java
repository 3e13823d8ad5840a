package dev.flinkcookbook.queryevolutionsql;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSink;
import org.apache.flink.streaming.api.functions.sink.legacy.RichSinkFunction;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.sink.DataStreamSinkProvider;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.DynamicTableSink.DataStructureConverter;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.types.DataType;

/** The connector {@code collected}: a table whose changes a test reads, {@code "+I[a, 5]"} each. It has state, as a table of Kafka has. */
public final class CollectedTable implements DynamicTableSinkFactory {

    private static final List<String> CHANGES = Collections.synchronizedList(new ArrayList<>());

    /** Forgets what was written. */
    static void clear() {
        CHANGES.clear();
    }

    /** What was written since {@link #clear}, sorted. */
    static List<String> changes() {
        synchronized (CHANGES) {
            return CHANGES.stream().sorted().toList();
        }
    }

    @Override
    public String factoryIdentifier() {
        return "collected";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        return new Collected(context.getPhysicalRowDataType());
    }

    private record Collected(DataType type) implements DynamicTableSink {

        @Override
        public ChangelogMode getChangelogMode(ChangelogMode requested) {
            return ChangelogMode.all();
        }

        @Override
        public SinkRuntimeProvider getSinkRuntimeProvider(Context sink) {
            DataStructureConverter converter = sink.createDataStructureConverter(type);
            return new DataStreamSinkProvider() {
                @Override
                @SuppressWarnings("deprecation") // The new interface takes three classes for what is one method here.
                public DataStreamSink<?> consumeDataStream(ProviderContext context, DataStream<RowData> rows) {
                    DataStreamSink<?> collect = rows.addSink(new Collect(converter));
                    context.generateUid("collected").ifPresent(collect::uid);
                    return collect;
                }
            };
        }

        @Override
        public DynamicTableSink copy() {
            return this;
        }

        @Override
        public String asSummaryString() {
            return "collected";
        }
    }

    @SuppressWarnings("deprecation")
    private static final class Collect extends RichSinkFunction<RowData> implements CheckpointedFunction {
        private final DataStructureConverter converter;
        private transient ListState<Integer> collected;

        private Collect(DataStructureConverter converter) {
            this.converter = converter;
        }

        @Override
        public void invoke(RowData row, Context context) {
            CHANGES.add(converter.toExternal(row).toString());
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            collected.update(List.of(CHANGES.size()));
        }

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            collected = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("collected", Types.INT));
        }
    }
}
