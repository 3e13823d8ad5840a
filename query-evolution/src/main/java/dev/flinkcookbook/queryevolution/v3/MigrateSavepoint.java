package dev.flinkcookbook.queryevolution.v3;

import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.runtime.kryo.JavaSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.state.api.OperatorIdentifier;
import org.apache.flink.state.api.OperatorTransformation;
import org.apache.flink.state.api.SavepointReader;
import org.apache.flink.state.api.SavepointWriter;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Makes a savepoint that version 3 can start from: a batch job, run once between version 2's stop and version 3's start. It
 * replaces the state of one operator. That of all others, the source's offsets and the sinks' transactions among them, it copies as
 * it stands, so version 3 goes on where version 2 has stopped. Files are copied too: it needs the old savepoint no more.
 *
 * <p>What the new operator is not given, it does not have, and nothing says so. {@link KeepActivity} has no timers. Those of an operator
 * that has are read with {@code Context.registeredEventTimeTimers()} and written with {@code Context.timerService()}.
 */
public final class MigrateSavepoint {

    /** {@link KeepActivity}'s in all versions. */
    private static final OperatorIdentifier KEEP_ACTIVITY = OperatorIdentifier.forUid("totals");

    private MigrateSavepoint() {}

    public static void main(String[] args) throws Exception {
        Optional<MigrateSavepointParameters> parameters = MigrateSavepointParameters.from(args);
        if (parameters.isEmpty()) {
            return; // --help was printed
        }
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.configure(copiesSavepoints());
        environment.setRuntimeMode(RuntimeExecutionMode.BATCH);
        define(environment, parameters.get());
        environment.execute("migrate-savepoint");
    }

    /** For the operators of Flink's own that copy what stays as it is, whatever the cluster's settings are. */
    private static Configuration copiesSavepoints() {
        return new Configuration()
                .set(PipelineOptions.AUTO_GENERATE_UIDS, true) // They have none.
                .set(PipelineOptions.GENERIC_TYPES, true)
                // Kryo, which they would use, fails on a private class in these: IllegalAccessError.
                .set(
                        PipelineOptions.SERIALIZATION_CONFIG,
                        Stream.of(OperatorState.class, OperatorSubtaskState.class)
                                .map(type -> type.getName() + ": {type: kryo, kryo-type: registered, class: "
                                        + JavaSerializer.class.getName() + "}")
                                .toList());
    }

    private static void define(StreamExecutionEnvironment environment, MigrateSavepointParameters parameters)
            throws Exception {
        DataStream<KnownOfAnAccount> accounts = SavepointReader.read(environment, parameters.from())
                .readKeyedState(
                        KEEP_ACTIVITY, new ReadVersion2(), Types.STRING, TypeInformation.of(KnownOfAnAccount.class));
        SavepointWriter.fromExistingSavepoint(environment, parameters.from())
                .removeOperator(KEEP_ACTIVITY)
                .withOperator(
                        KEEP_ACTIVITY,
                        OperatorTransformation.bootstrapWith(accounts)
                                .keyBy(KnownOfAnAccount::account, Types.STRING)
                                .transform(new WriteVersion3()))
                .write(parameters.to());
    }
}
