package dev.flinkcookbook.benchmarks;

import dev.flinkcookbook.common.FlinkDefaults;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource.NumberSequenceSplit;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiter;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Changes in, the newest one of each key kept, what it replaced out. The source counts up: the first changes, one for each
 * key, fill the state, and every further lap replaces all of it. {@link LargeStateProgress} says how far it may go.
 */
final class LargeStateJob {

    /** In state: the key, the number of its changes, the last one, and its contents. */
    static final int BYTES_PER_KEY = 1_000;

    private static final int CONTENTS_BYTES = 960;

    /** Of all but the source. */
    static final int PARALLELISM = 2;

    private static final int MAX_PARALLELISM = 128;

    /** Neighbours in time are no neighbours in RocksDB's files; a prime, so that a lap meets each key once. */
    private static final long STRIDE = 7_919;

    /** The n-th change of all. */
    public record Change(long index, long key, byte[] contents) {}

    /** What is kept of a key. */
    public record Entry(long changes, long lastIndex, byte[] contents) {}

    /** A change, and what it found: how often the key had been changed before, and by which change at last. */
    public record Replaced(long index, long changes, long lastIndex) {}

    private LargeStateJob() {}

    /** Submits the job to the installed cluster, and returns at once. */
    static JobClient start(long keys) throws Exception {
        StreamExecutionEnvironment environment =
                FlinkDefaults.applyTo(StreamExecutionEnvironment.getExecutionEnvironment());
        environment.setMaxParallelism(MAX_PARALLELISM);
        environment
                .fromSource(
                        new DataGeneratorSource<>(
                                index -> change(index, keys),
                                Long.MAX_VALUE,
                                parallelism -> new Gate(),
                                TypeInformation.of(Change.class)),
                        WatermarkStrategy.noWatermarks(),
                        "make changes")
                .uid("make-changes")
                .setParallelism(1)
                .rebalance()
                .map(change -> change) // Two subtasks from here on, so that the next exchange has something to align.
                .returns(TypeInformation.of(Change.class))
                .name("forward")
                .uid("forward")
                .keyBy(Change::key)
                .process(new KeepNewest())
                .name("keep newest")
                .uid("keep-newest")
                .sinkTo(new Tell())
                .name("tell")
                .uid("tell");
        return environment.executeAsync("large-state");
    }

    private static Change change(long index, long keys) {
        LargeStateProgress.passed(index);
        return new Change(index, index * STRIDE % keys, contents(index));
    }

    /** Bytes that no compression makes fewer. */
    private static byte[] contents(long index) {
        byte[] contents = new byte[CONTENTS_BYTES];
        new SplittableRandom(index).nextBytes(contents);
        return contents;
    }

    /** Checkpoints go on while it is closed, which they would not if the source's thread waited. */
    private static final class Gate implements RateLimiter<NumberSequenceSplit> {
        @Override
        public CompletionStage<Void> acquire(int one) {
            return LargeStateProgress.mayGoOn();
        }
    }

    private static final class KeepNewest extends KeyedProcessFunction<Long, Change, Replaced> {
        private transient ValueState<Entry> entries;

        @Override
        public void open(OpenContext context) {
            entries = getRuntimeContext().getState(new ValueStateDescriptor<>("entry", Entry.class));
        }

        @Override
        public void processElement(Change change, Context context, Collector<Replaced> out) throws Exception {
            long delay = LargeStateProgress.delayNanos();
            if (delay > 0) {
                LockSupport.parkNanos(delay);
            }
            Entry before = entries.value();
            if (before == null) {
                before = new Entry(0, -1, new byte[0]);
            } else if (!Arrays.equals(before.contents(), contents(before.lastIndex()))) {
                throw new IllegalStateException("the state of key " + change.key() + " is not what was written");
            }
            entries.update(new Entry(before.changes() + 1, change.index(), change.contents()));
            out.collect(new Replaced(change.index(), before.changes(), before.lastIndex()));
        }
    }

    private static final class Tell implements Sink<Replaced> {
        @Override
        public SinkWriter<Replaced> createWriter(WriterInitContext context) {
            int subtask = context.getTaskInfo().getIndexOfThisSubtask();
            return new SinkWriter<>() {
                @Override
                public void write(Replaced replaced, Context ofRecord) {
                    LargeStateProgress.came(subtask, replaced);
                }

                @Override
                public void flush(boolean endOfInput) {}

                @Override
                public void close() {}
            };
        }
    }
}
