package dev.flinkcookbook.latedata;

import dev.flinkcookbook.common.KafkaRecord;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.metrics.groups.InternalOperatorMetricGroup;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups.UnregisteredTaskMetricGroup;
import org.apache.flink.runtime.metrics.util.InterceptingOperatorMetricGroup;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.RocksDBKeyedStateBackend;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;

/** One subtask of a keyed operator in Flink's harness: input arrives, the test sets the watermark. */
final class OperatorUnderTest<I, O> implements AutoCloseable {

    static final int MAX_PARALLELISM = 128;

    /** Enough for RocksDB not to flush all the time; reserved, not allocated. */
    private static final long MANAGED_MEMORY = 256L << 20;

    /**
     * What a subtask is made of.
     *
     * @param key gives the key of an input; its type is text
     * @param time gives the event time of an input
     */
    record Setting<I, O>(
            OneInputStreamOperator<I, O> operator,
            KeySelector<I, String> key,
            Function<I, Long> time,
            StateBackend backend,
            int parallelism,
            int subtask) {

        static Setting<Arrival, WindowResult> windows(LatenessPolicy policy) {
            return of(new SumUpWindows(policy), Arrival::sensor, Arrival::at);
        }

        static <I, O> Setting<I, O> of(
                OneInputStreamOperator<I, O> operator, KeySelector<I, String> key, Function<I, Long> time) {
            return new Setting<>(operator, key, time, new HashMapStateBackend(), 1, 0);
        }

        Setting<I, O> on(StateBackend stateBackend) {
            return new Setting<>(operator, key, time, stateBackend, parallelism, subtask);
        }

        Setting<I, O> subtask(int number, int of) {
            return new Setting<>(operator, key, time, backend, of, number);
        }

        OperatorUnderTest<I, O> start() {
            return new OperatorUnderTest<>(this, null);
        }

        /** Of the snapshot, a subtask takes what belongs to it. */
        OperatorUnderTest<I, O> restore(OperatorSubtaskState snapshot, int formerParallelism) {
            try {
                return new OperatorUnderTest<>(
                        this,
                        AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                snapshot, MAX_PARALLELISM, formerParallelism, parallelism, subtask));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        OperatorUnderTest<I, O> restore(OperatorSubtaskState snapshot) {
            return new OperatorUnderTest<>(this, snapshot);
        }
    }

    private final Setting<I, O> setting;
    private final InterceptingOperatorMetricGroup metrics = new InterceptingOperatorMetricGroup();
    private final KeyedOneInputStreamOperatorTestHarness<String, I, O> harness;
    private long checkpoint;

    private OperatorUnderTest(Setting<I, O> setting, OperatorSubtaskState snapshot) {
        this.setting = setting;
        MockEnvironment environment = new MockEnvironmentBuilder()
                .setManagedMemorySize(MANAGED_MEMORY)
                .setMaxParallelism(MAX_PARALLELISM)
                .setParallelism(setting.parallelism())
                .setSubtaskIndex(setting.subtask())
                .setMetricGroup(new OneOperator(metrics))
                .build();
        try {
            harness = new KeyedOneInputStreamOperatorTestHarness<>(
                    setting.operator(), setting.key(), Types.STRING, environment);
            harness.setStateBackend(setting.backend());
            harness.setup();
            if (snapshot != null) {
                harness.initializeState(snapshot);
            }
            harness.open();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    OperatorUnderTest<I, O> arrives(Stream<I> inputs) {
        inputs.forEach(input -> checked(() ->
                harness.processElement(new StreamRecord<>(input, setting.time().apply(input)))));
        return this;
    }

    OperatorUnderTest<I, O> watermark(String time) {
        return watermark(Readings.millis(time));
    }

    OperatorUnderTest<I, O> watermark(long millis) {
        return checked(() -> harness.processWatermark(millis));
    }

    OperatorSubtaskState snapshot() {
        try {
            harness.prepareSnapshotPreBarrier(++checkpoint);
            return harness.snapshot(checkpoint, 0);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    List<O> output() {
        return harness.extractOutputValues();
    }

    List<KafkaRecord> side(OutputTag<KafkaRecord> tag) {
        var side = harness.getSideOutput(tag);
        return side == null
                ? List.of()
                : side.stream().map(StreamRecord::getValue).toList();
    }

    /** Keys with state on the heap; in RocksDB all entries, those of timers too. 0 is 0 on both. */
    int entries() {
        return harness.getOperator().getKeyedStateBackend() instanceof RocksDBKeyedStateBackend<?> rocks
                ? rocks.numKeyValueStateEntries()
                : harness.numKeyedStateEntries();
    }

    int timers() {
        return harness.numEventTimeTimers() + harness.numProcessingTimeTimers();
    }

    long counter(String name) {
        return metric(name, Counter.class).getCount();
    }

    long gauge(String name) {
        return (Long) metric(name, Gauge.class).getValue();
    }

    Histogram histogram(String name) {
        return metric(name, Histogram.class);
    }

    private <M extends Metric> M metric(String name, Class<M> type) {
        return type.cast(metrics.get(name));
    }

    @Override
    public void close() {
        checked(harness::close);
    }

    private interface Step {
        void run() throws Exception;
    }

    private OperatorUnderTest<I, O> checked(Step step) {
        try {
            step.run();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return this;
    }

    /** The task's metrics are of no interest, its operator's are. */
    private static final class OneOperator extends UnregisteredTaskMetricGroup {
        private final InterceptingOperatorMetricGroup operator;

        OneOperator(InterceptingOperatorMetricGroup operator) {
            this.operator = operator;
        }

        @Override
        public InternalOperatorMetricGroup getOrAddOperator(OperatorID id, String name, Map<String, String> variables) {
            return operator;
        }
    }
}
