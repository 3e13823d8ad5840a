package dev.flinkcookbook.deduplication;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.deduplication.Payments.Payment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.metrics.Counter;
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
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;

/** One operator of the job in Flink's harness: payments arrive, the test sets the clock and the watermark. */
final class OperatorUnderTest<K> implements AutoCloseable {

    static final EventFields BY_ID = new EventFields(List.of("/paymentId"), null, null);
    static final EventFields IN_EVENT_TIME =
            new EventFields(List.of("/paymentId"), new EventFields.Time("/createdAt", Duration.ofMinutes(1)), null);
    static final EventFields WITH_VERSION = new EventFields(List.of("/paymentId"), null, "/version");

    private static final int MAX_PARALLELISM = 128;

    /** Of the hash table that the heap backend makes for each key group; it doubles from three quarters of this on. */
    private static final int SLOTS_OF_A_TABLE = 128;

    /**
     * Each access to state with a TTL looks at two slots of the heap's tables, empty ones included. So this is enough for two
     * passes over all of them: what is left of the one under way, and a whole one.
     */
    static final int ACCESSES_FOR_A_FULL_PASS = MAX_PARALLELISM * SLOTS_OF_A_TABLE;

    /** Enough for RocksDB not to flush all the time; reserved, not allocated. */
    private static final long MANAGED_MEMORY = 256L << 20;

    private final InterceptingOperatorMetricGroup metrics = new InterceptingOperatorMetricGroup();
    private final KeyedOneInputStreamOperatorTestHarness<K, Occurrence, KafkaRecord> harness;
    private final OccurrenceReader reader;
    private long checkpoint;

    /** Opened, without state, on the heap. */
    static OperatorUnderTest<Id> of(KeyedProcessFunction<Id, Occurrence, KafkaRecord> function, EventFields fields) {
        return of(function, fields, new HashMapStateBackend());
    }

    static OperatorUnderTest<Id> of(
            KeyedProcessFunction<Id, Occurrence, KafkaRecord> function, EventFields fields, StateBackend backend) {
        return new OperatorUnderTest<>(function, Occurrence::id, TypeInformation.of(Id.class), fields, backend, null);
    }

    /** Opened with the state of a snapshot. */
    static OperatorUnderTest<Id> restored(
            KeyedProcessFunction<Id, Occurrence, KafkaRecord> function,
            EventFields fields,
            OperatorSubtaskState snapshot) {
        return new OperatorUnderTest<>(
                function, Occurrence::id, TypeInformation.of(Id.class), fields, new HashMapStateBackend(), snapshot);
    }

    OperatorUnderTest(
            KeyedProcessFunction<K, Occurrence, KafkaRecord> function,
            KeySelector<Occurrence, K> key,
            TypeInformation<K> keyType,
            EventFields fields,
            StateBackend backend,
            OperatorSubtaskState snapshot) {
        reader = new OccurrenceReader(fields);
        MockEnvironment environment = new MockEnvironmentBuilder()
                .setManagedMemorySize(MANAGED_MEMORY)
                .setMaxParallelism(MAX_PARALLELISM)
                .setMetricGroup(new OneOperator(metrics))
                .build();
        try {
            harness = new KeyedOneInputStreamOperatorTestHarness<>(
                    new KeyedProcessOperator<>(function), key, keyType, environment);
            harness.setStateBackend(backend);
            harness.setup(TypeInformation.of(KafkaRecord.class)
                    .createSerializer(harness.getExecutionConfig().getSerializerConfig()));
            if (snapshot != null) {
                harness.initializeState(snapshot);
            }
            harness.open();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        clock("10:00:00");
    }

    /** The machine's clock, for state and for timers. */
    OperatorUnderTest<K> clock(String time) {
        return clock(Payments.millis(time));
    }

    OperatorUnderTest<K> clock(long millis) {
        return checked(() -> {
            harness.setStateTtlProcessingTime(millis);
            harness.setProcessingTime(millis);
        });
    }

    OperatorUnderTest<K> arrives(Payment... payments) {
        return checked(() -> {
            for (Payment payment : payments) {
                Occurrence occurrence = reader.read(payment.record());
                if (!occurrence.isReadable()) {
                    throw new AssertionError("the operator would never see " + occurrence);
                }
                harness.processElement(new StreamRecord<>(occurrence, occurrence.eventTime()));
            }
        });
    }

    OperatorUnderTest<K> watermark(String time) {
        return watermark(Payments.millis(time));
    }

    OperatorUnderTest<K> watermark(long millis) {
        return checked(() -> harness.processWatermark(millis));
    }

    OperatorSubtaskState snapshot() {
        try {
            return harness.snapshot(++checkpoint, harness.getProcessingTime());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    List<KafkaRecord> forwarded() {
        return harness.extractOutputValues();
    }

    List<KafkaRecord> duplicates() {
        return side(KeepFirst.DUPLICATES);
    }

    List<KafkaRecord> deadLetters() {
        return side(SplitOutDeadLetters.DEAD_LETTERS);
    }

    static String reason(KafkaRecord deadLetter) {
        return new String(deadLetter.headers().lastHeader("dead-letter.reason").value(), StandardCharsets.UTF_8);
    }

    private List<KafkaRecord> side(OutputTag<KafkaRecord> tag) {
        var side = harness.getSideOutput(tag);
        return side == null
                ? List.of()
                : side.stream().map(StreamRecord::getValue).toList();
    }

    /** Entries of all keyed states together, expired ones that still take memory included. */
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

    Histogram histogram(String name) {
        return metric(name, Histogram.class);
    }

    private <M extends Metric> M metric(String name, Class<M> type) {
        return type.cast(metrics.get(name));
    }

    KeyedOneInputStreamOperatorTestHarness<K, Occurrence, KafkaRecord> harness() {
        return harness;
    }

    @Override
    public void close() {
        checked(harness::close);
    }

    private interface Step {
        void run() throws Exception;
    }

    private OperatorUnderTest<K> checked(Step step) {
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
        public InternalOperatorMetricGroup getOrAddOperator(
                OperatorID id, String name, java.util.Map<String, String> variables) {
            return operator;
        }
    }
}
