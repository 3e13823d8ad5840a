package dev.flinkcookbook.changedatacapture;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.metrics.groups.InternalOperatorMetricGroup;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups.UnregisteredTaskMetricGroup;
import org.apache.flink.runtime.metrics.util.InterceptingOperatorMetricGroup;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.TestableKeyedStateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.operators.co.CoBroadcastWithKeyedOperator;
import org.apache.flink.streaming.api.operators.co.KeyedCoProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;

/**
 * One subtask of a keyed operator in Flink's harness: input arrives, the test sets the watermark and the clock.
 *
 * @param <A> the first input
 * @param <B> the second input, if there is one
 */
final class OperatorUnderTest<A, B, O> implements AutoCloseable {

    private static final int MAX_PARALLELISM = 128;

    /** Enough for RocksDB not to flush all the time; reserved, not allocated. */
    private static final long MANAGED_MEMORY = 256L << 20;

    /** What a subtask is made of; the keys of inputs that have none are null. */
    record Setting<A, B, O>(
            AbstractStreamOperator<O> operator,
            KeySelector<A, ?> firstKey,
            KeySelector<B, ?> secondKey,
            TypeInformation<?> keyType,
            StateBackend backend,
            int parallelism,
            int subtask) {

        static <A, B, O> Setting<A, B, O> broadcast(
                CoBroadcastWithKeyedOperator<String, A, B, O> operator, KeySelector<A, String> key) {
            return new Setting<>(operator, key, null, Types.STRING, new HashMapStateBackend(), 1, 0);
        }

        static <K, A, B, O, P extends AbstractStreamOperator<O> & TwoInputStreamOperator<A, B, O>> Setting<A, B, O> of(
                P operator, KeySelector<A, K> first, KeySelector<B, K> second, TypeInformation<K> keyType) {
            return new Setting<>(operator, first, second, keyType, new HashMapStateBackend(), 1, 0);
        }

        static <A, B, O> Setting<A, B, O> of(
                KeyedCoProcessFunction<String, A, B, O> function,
                KeySelector<A, String> first,
                KeySelector<B, String> second) {
            return of(new KeyedCoProcessOperator<>(function), first, second, Types.STRING);
        }

        static <A, O> Setting<A, Void, O> of(KeyedProcessFunction<String, A, O> function, KeySelector<A, String> key) {
            return new Setting<>(
                    new KeyedProcessOperator<>(function), key, null, Types.STRING, new HashMapStateBackend(), 1, 0);
        }

        Setting<A, B, O> on(StateBackend stateBackend) {
            return new Setting<>(operator, firstKey, secondKey, keyType, stateBackend, parallelism, subtask);
        }

        Setting<A, B, O> subtask(int number, int of) {
            return new Setting<>(operator, firstKey, secondKey, keyType, backend, of, number);
        }

        OperatorUnderTest<A, B, O> start() {
            return new OperatorUnderTest<>(this, null);
        }

        /** Of the snapshots of all former subtasks, a subtask takes what belongs to it. */
        OperatorUnderTest<A, B, O> restore(OperatorSubtaskState... snapshots) {
            try {
                OperatorSubtaskState all = AbstractStreamOperatorTestHarness.repackageState(snapshots);
                return new OperatorUnderTest<>(
                        this,
                        AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                all, MAX_PARALLELISM, snapshots.length, parallelism, subtask));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    private final AbstractStreamOperator<O> operator;
    private final InterceptingOperatorMetricGroup metrics = new InterceptingOperatorMetricGroup();
    private final AbstractStreamOperatorTestHarness<O> harness;
    private long checkpoint;

    private OperatorUnderTest(Setting<A, B, O> setting, OperatorSubtaskState snapshot) {
        this.operator = setting.operator();
        MockEnvironment environment = new MockEnvironmentBuilder()
                .setManagedMemorySize(MANAGED_MEMORY)
                .setMaxParallelism(MAX_PARALLELISM)
                .setParallelism(setting.parallelism())
                .setSubtaskIndex(setting.subtask())
                .setMetricGroup(new OneOperator(metrics))
                .build();
        try {
            harness = new AbstractStreamOperatorTestHarness<>(operator, environment);
            harness.getStreamConfig().setStatePartitioner(0, setting.firstKey());
            if (setting.secondKey() != null) {
                harness.getStreamConfig().setStatePartitioner(1, setting.secondKey());
            }
            harness.getStreamConfig()
                    .setStateKeySerializer(setting.keyType().createSerializer(new SerializerConfigImpl()));
            harness.getStreamConfig().serializeAllConfigs();
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

    @SuppressWarnings("unchecked") // Which of the two it is, its setting has said.
    private OneInputStreamOperator<A, O> one() {
        return (OneInputStreamOperator<A, O>) operator;
    }

    @SuppressWarnings("unchecked")
    private TwoInputStreamOperator<A, B, O> two() {
        return (TwoInputStreamOperator<A, B, O>) operator;
    }

    OperatorUnderTest<A, B, O> arrives(Collection<A> inputs) {
        inputs.forEach(this::arrives);
        return this;
    }

    OperatorUnderTest<A, B, O> arrives(A input) {
        StreamRecord<A> record = new StreamRecord<>(input);
        return checked(() -> {
            if (operator instanceof OneInputStreamOperator) {
                one().setKeyContextElement(record);
                one().processElement(record);
            } else {
                two().setKeyContextElement1(record);
                two().processElement1(record);
            }
        });
    }

    /** By the second input. */
    OperatorUnderTest<A, B, O> comes(B input) {
        StreamRecord<B> record = new StreamRecord<>(input);
        return checked(() -> {
            two().setKeyContextElement2(record);
            two().processElement2(record);
        });
    }

    /** By all inputs. */
    OperatorUnderTest<A, B, O> watermark(long lsn) {
        Watermark watermark = new Watermark(lsn);
        return checked(() -> {
            if (operator instanceof OneInputStreamOperator) {
                one().processWatermark(watermark);
            } else {
                two().processWatermark1(watermark);
                two().processWatermark2(watermark);
            }
        });
    }

    /** @param inputs 1 and 2, in the order in which they end */
    OperatorUnderTest<A, B, O> inputEnds(int... inputs) {
        return checked(() -> {
            for (int input : inputs) {
                ((BoundedMultiInput) operator).endInput(input);
            }
        });
    }

    OperatorUnderTest<A, B, O> clock(long millis) {
        return checked(() -> {
            harness.setProcessingTime(millis);
            harness.setStateTtlProcessingTime(millis);
        });
    }

    OperatorSubtaskState snapshot() {
        try {
            harness.prepareSnapshotPreBarrier(++checkpoint);
            return harness.snapshot(checkpoint, 0);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Records and watermarks, in their order, since this was asked last. */
    List<Object> output() {
        List<Object> all = harness.getOutput().stream()
                .map(element -> element instanceof StreamRecord<?> record ? record.getValue() : element)
                .toList();
        harness.getOutput().clear();
        return all;
    }

    /** Entries of keyed state, those of timers not among them on the heap. */
    int entries() {
        return ((TestableKeyedStateBackend<?>) operator.getKeyedStateBackend()).numKeyValueStateEntries();
    }

    int timers() {
        return harness.numEventTimeTimers() + harness.numProcessingTimeTimers();
    }

    long counter(String name) {
        return ((Counter) metrics.get(name)).getCount();
    }

    long gauge(String name) {
        return ((Number) ((Gauge<?>) metrics.get(name)).getValue()).longValue();
    }

    @Override
    public void close() {
        checked(harness::close);
    }

    private interface Step {
        void run() throws Exception;
    }

    private OperatorUnderTest<A, B, O> checked(Step step) {
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
