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
import org.apache.flink.api.java.functions.KeySelector;
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
 * The state is to have another key: sums of accounts {@code north/1}, {@code north/2} become those of the branches. Flink looks
 * for a key's state under that key alone; the migration hands each account's sum to its branch.
 */
class MigratedKeyIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private static final OperatorIdentifier ADD_UP = OperatorIdentifier.forUid("add-up");
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final List<Event> BEFORE =
            List.of(new Event("north/1", 1, 0), new Event("north/2", 20, 1), new Event("south/1", 300, 2));
    private static final List<Event> AFTER = List.of(new Event("north/1", 4_000, 3), new Event("south/2", 50_000, 4));

    @TempDir
    private Path folder;

    @Test
    void isFoundUnderItsNewKeyAfterAMigration() throws Exception {
        String migrated = migrate(savepointByAccount());

        assertThat(resultsByBranchFrom(migrated)).containsExactlyInAnyOrder("north: 4021", "south: 50300");
    }

    /** The control: no message, and the sums begin at zero. */
    @Test
    void isNotFoundWithout() throws Exception {
        assertThat(resultsByBranchFrom(savepointByAccount())).containsExactlyInAnyOrder("north: 4000", "south: 50000");
    }

    private static String branch(String account) {
        return account.substring(0, account.indexOf('/'));
    }

    /** Adds up, by whatever key. */
    private static final class AddUp extends KeyedProcessFunction<String, Event, String> {
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
            out.collect(context.getCurrentKey() + ": " + sum.value());
        }
    }

    /** What is known of an account. */
    public record Known(String account, int sum) {}

    private static final class Read extends KeyedStateReaderFunction<String, Known> {
        private transient ValueState<Integer> sum;

        @Override
        public void open(OpenContext context) {
            sum = getRuntimeContext().getState(AddUp.sum());
        }

        @Override
        public void readKey(String account, Context context, Collector<Known> out) throws Exception {
            out.collect(new Known(account, sum.value()));
        }
    }

    /** Several accounts come to each branch. */
    private static final class Write extends KeyedStateBootstrapFunction<String, Known> {
        private transient ValueState<Integer> sum;

        @Override
        public void open(OpenContext context) {
            sum = getRuntimeContext().getState(AddUp.sum());
        }

        @Override
        public void processElement(Known account, Context context) throws Exception {
            sum.update((sum.value() == null ? 0 : sum.value()) + account.sum());
        }
    }

    private String savepointByAccount() throws Exception {
        EventFeed feed = new EventFeed(BEFORE, false);
        JobID job = start(feed, Event::key, new Collected<>(), new Configuration());
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

    private String migrate(String from) throws Exception {
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
                .readKeyedState(ADD_UP, new Read(), Types.STRING, TypeInformation.of(Known.class));
        SavepointWriter.fromExistingSavepoint(environment, from)
                .removeOperator(ADD_UP)
                .withOperator(
                        ADD_UP,
                        OperatorTransformation.bootstrapWith(known)
                                .keyBy(account -> branch(account.account()), Types.STRING)
                                .transform(new Write()))
                .write(to);
        environment.execute("migrate");
        return to;
    }

    private List<String> resultsByBranchFrom(String savepoint) throws Exception {
        Collected<String> results = new Collected<>();
        JobID job = start(
                new EventFeed(AFTER, true),
                event -> branch(event.key()),
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
    private static JobID start(
            EventFeed feed, KeySelector<Event, String> key, Collected<String> results, Configuration recovery)
            throws Exception {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(recovery);
        environment
                .addSource(feed, TypeInformation.of(Event.class))
                .setParallelism(1)
                .uid("feed")
                .keyBy(key, Types.STRING)
                .process(new AddUp())
                .uid("add-up")
                .sinkTo(results)
                .uid("results");
        return environment.executeAsync("add-up").getJobID();
    }
}
