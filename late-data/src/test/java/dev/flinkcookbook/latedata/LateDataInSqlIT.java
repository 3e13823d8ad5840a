package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.reading;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaSources;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the variant in SQL cannot do, and why the job itself is not in SQL. */
@ExtendWith(KafkaExtension.class)
class LateDataInSqlIT {

    @RegisterExtension
    static final FlinkExtension flink =
            new FlinkExtension(CollectedMetrics.options()).set(PipelineOptions.AUTO_GENERATE_UIDS, true);

    private static final Collected<Row> SUMS = new Collected<>();
    private static final Collected<Row> LATE = new Collected<>();

    private final JobsOnKafka jobs;

    LateDataInSqlIT(KafkaBroker kafka) {
        jobs = JobsOnKafka.withTopics(kafka, flink, 1);
    }

    private void main(String... flags) throws Exception {
        LateDataParameters parameters =
                LateDataParameters.from(jobs.flags(flags)).orElseThrow();
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.setParallelism(1);
        LateDataInSql.Outputs outputs = LateDataInSql.build(
                StreamTableEnvironment.create(environment),
                environment
                        .fromSource(
                                KafkaSources.<Arrival>from(parameters.kafka())
                                        .setDeserializer(new ArrivalDeserializer(parameters.reader()))
                                        .build(),
                                LateDataPipeline.watermarks(parameters),
                                "read")
                        .uid("read"));
        outputs.sums().sinkTo(SUMS).uid("sums");
        outputs.late().sinkTo(LATE).uid("late");
        environment.execute("sql");
    }

    private JobsOnKafka.Running start() {
        return jobs.start("sql", () -> main("--out-of-orderness", "0ms", "--idle-after", "300ms"));
    }

    @Test
    void afterARestartWhatIsLatePassesTheFilterAndTheWindowDropsIt() throws Exception {
        jobs.write(reading("s-1").at("10:00:10"), reading("s-1").at("10:02:00"));
        JobsOnKafka.Running running = start();
        JobsOnKafka.patiently().until(() -> SUMS.elements().size() == 1);
        String savepoint = running.stop(SavepointFormatType.CANONICAL);

        jobs.write(reading("s-1").at("10:00:20"));
        flink.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        JobsOnKafka.Running restored = start();
        JobID id = restored.id();
        JobsOnKafka.patiently().until(() -> CollectedMetrics.sum(id, "numLateRecordsDropped") == 1);
        restored.drain();

        assertThat(SUMS.elements())
                .extracting(row -> row.getField("readings"))
                .as("three were measured")
                .containsExactly(1L, 1L);
        assertThat(LATE.elements()).isEmpty();
    }
}
