package dev.flinkcookbook.queryevolution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.queryevolution.compatibility.Collected;
import dev.flinkcookbook.queryevolution.compatibility.Event;
import dev.flinkcookbook.queryevolution.compatibility.EventFeed;
import dev.flinkcookbook.testbed.FlinkExtension;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.runtime.kryo.JavaSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.state.api.OperatorIdentifier;
import org.apache.flink.state.api.OperatorTransformation;
import org.apache.flink.state.api.SavepointReader;
import org.apache.flink.state.api.SavepointWriter;
import org.apache.flink.state.api.functions.KeyedStateBootstrapFunction;
import org.apache.flink.state.api.functions.KeyedStateReaderFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who replaces an operator's state replaces all of it. What the migration does not write is gone, timers among it: no message says so,
 * and a job that waits for a timer waits for ever.
 */
class MigratedTimersIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private static final OperatorIdentifier REMIND = OperatorIdentifier.forUid("remind");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    @Test
    void fireIfTheMigrationRegistersThem() throws Exception {
        String migrated = migrate(savepointWithTwoTimers(), true);

        assertThat(resultsOfJobFrom(migrated)).containsExactlyInAnyOrder("a: 3", "b: 5");
    }

    /** The control. */
    @Test
    void areGoneIfItWritesTheStateAlone() throws Exception {
        String migrated = migrate(savepointWithTwoTimers(), false);

        assertThat(resultsOfJobFrom(migrated)).isEmpty();
    }

    /** Adds up, and says the sum at the end of time. */
    private static final class Remind extends KeyedProcessFunction<String, Event, String> {
        private transient ValueState<Integer> sum;

        @Override
        public void open(OpenContext context) {
            sum = getRuntimeContext().getState(sum());
        }

        static ValueStateDescriptor<Integer> sum() {
            return new ValueStateDescriptor<>("sum", Types.INT);
        }

        @Override
        public void processElement(Event event, Context context, Collector<String> out) throws Exception {
            sum.update((sum.value() == null ? 0 : sum.value()) + event.value());
            context.timerService().registerEventTimeTimer(1_000_000);
        }

        @Override
        public void onTimer(long at, OnTimerContext context, Collector<String> out) throws Exception {
            out.collect(context.getCurrentKey() + ": " + sum.value());
        }
    }

    /** What is known of a key. */
    public record Known(String key, int sum, List<Long> timers) {}

    private static final class Read extends KeyedStateReaderFunction<String, Known> {
        private transient ValueState<Integer> sum;

        @Override
        public void open(OpenContext context) {
            sum = getRuntimeContext().getState(Remind.sum());
        }

        @Override
        public void readKey(String key, Context context, Collector<Known> out) throws Exception {
            out.collect(new Known(key, sum.value(), List.copyOf(context.registeredEventTimeTimers())));
        }
    }

    private static final class Write extends KeyedStateBootstrapFunction<String, Known> {
        private final boolean timersToo;
        private transient ValueState<Integer> sum;

        Write(boolean timersToo) {
            this.timersToo = timersToo;
        }

        @Override
        public void open(OpenContext context) {
            sum = getRuntimeContext().getState(Remind.sum());
        }

        @Override
        public void processElement(Known known, Context context) throws Exception {
            sum.update(known.sum());
            if (timersToo) {
                known.timers().forEach(context.timerService()::registerEventTimeTimer);
            }
        }
    }

    private String savepointWithTwoTimers() throws Exception {
        EventFeed feed =
                new EventFeed(List.of(new Event("a", 1, 0), new Event("a", 2, 1), new Event("b", 5, 2)), false);
        JobID job = start(feed, new Collected<>(), new Configuration());
        Awaitility.await().atMost(PATIENCE).until(feed::hasEmittedAll);
        // While not all tasks are running, this is tried until they are.
        String savepoint = Awaitility.await()
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(
                        () -> flink.client()
                                .triggerSavepoint(
                                        job,
                                        folder.resolve("savepoints").toUri().toString(),
                                        SavepointFormatType.CANONICAL)
                                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS),
                        path -> true);
        flink.client().cancel(job).get();
        return savepoint;
    }

    private String migrate(String from, boolean timersToo) throws Exception {
        String to = folder.resolve("migrated").toUri().toString();
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.configure(new Configuration()
                .set(PipelineOptions.AUTO_GENERATE_UIDS, true)
                .set(PipelineOptions.GENERIC_TYPES, true)
                // As in v3.MigrateSavepoint.
                .set(
                        PipelineOptions.SERIALIZATION_CONFIG,
                        Stream.of(OperatorState.class, OperatorSubtaskState.class)
                                .map(type -> type.getName() + ": {type: kryo, kryo-type: registered, class: "
                                        + JavaSerializer.class.getName() + "}")
                                .toList()));
        environment.setRuntimeMode(RuntimeExecutionMode.BATCH);
        var known = SavepointReader.read(environment, from)
                .readKeyedState(REMIND, new Read(), Types.STRING, TypeInformation.of(Known.class));
        SavepointWriter.fromExistingSavepoint(environment, from)
                .removeOperator(REMIND)
                .withOperator(
                        REMIND,
                        OperatorTransformation.bootstrapWith(known)
                                .keyBy(Known::key, Types.STRING)
                                .transform(new Write(timersToo)))
                .write(to);
        environment.execute("migrate");
        return to;
    }

    /** No event comes any more, but the end of time. */
    private List<String> resultsOfJobFrom(String savepoint) throws Exception {
        Collected<String> results = new Collected<>();
        JobID job = start(
                new EventFeed(List.of(), true),
                results,
                new Configuration().set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint));
        assertThat(flink.client()
                        .requestJobResult(job)
                        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                        .getSerializedThrowable())
                .isEmpty();
        return results.records();
    }

    @SuppressWarnings("deprecation") // addSource is what EventFeed needs.
    private static JobID start(EventFeed feed, Collected<String> results, Configuration recovery) throws Exception {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(recovery);
        environment
                .addSource(feed, TypeInformation.of(Event.class))
                .setParallelism(1)
                .uid("feed")
                .keyBy(Event::key)
                .process(new Remind())
                .uid("remind")
                .sinkTo(results)
                .uid("results");
        return environment.executeAsync("remind").getJobID();
    }
}
