package dev.flinkcookbook.deduplication;

import static dev.flinkcookbook.deduplication.Payments.payment;

import dev.flinkcookbook.deduplication.Payments.Payment;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ids from before a savepoint are known after it, whatever the parallelism and the state backend become. */
@ExtendWith(KafkaExtension.class)
class SavepointIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private static final int BEFORE = 300;
    private static final int AFTER = 30;

    private final KafkaBroker kafka;

    SavepointIT(KafkaBroker kafka) {
        this.kafka = kafka;
    }

    private record Setting(int parallelism, String backend) {
        void apply() {
            flink.set(CoreOptions.DEFAULT_PARALLELISM, parallelism);
            flink.set(StateBackendOptions.STATE_BACKEND, backend);
        }
    }

    private static Payment[] payments(int from, int to, IntFunction<Payment> payment) {
        return IntStream.range(from, to).mapToObj(payment).toArray(Payment[]::new);
    }

    /** The same events before and after the savepoint, and new ones after it. */
    private void surviveASavepoint(Setting before, SavepointFormatType format, Setting after, String... flags)
            throws Exception {
        IntFunction<Payment> first = i -> payment("p-" + i).on(i % 2, 0);
        IntFunction<Payment> again = i -> payment("p-" + i).on((i + 1) % 2, 0).at("10:00:01");
        JobOnKafka job = JobOnKafka.withTopics(kafka, flink).write(payments(0, BEFORE, first));
        before.apply();
        String savepoint = job.start(flags).hasReadAll().stop(format);

        job.write(payments(0, BEFORE, again)).write(payments(BEFORE, BEFORE + AFTER, first));
        after.apply();
        flink.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        job.start(flags).hasReadAll().drain();

        job.hasOnly(
                Message.all(payments(0, BEFORE + AFTER, first)), Message.all(payments(0, BEFORE, again)), List.of());
    }

    @Test
    void keepFirstGoesFromTheHeapToRocksDbAndFromTwoSubtasksToThree() throws Exception {
        surviveASavepoint(new Setting(2, "hashmap"), SavepointFormatType.CANONICAL, new Setting(3, "rocksdb"));
    }

    @Test
    void keepFirstKeepsRocksDbsOwnFilesAndGoesFromTwoSubtasksToThree() throws Exception {
        surviveASavepoint(new Setting(2, "rocksdb"), SavepointFormatType.NATIVE, new Setting(3, "rocksdb"));
    }

    @Test
    void approximateGoesFromThreeSubtasksToTwo() throws Exception {
        surviveASavepoint(
                new Setting(3, "hashmap"),
                SavepointFormatType.CANONICAL,
                new Setting(2, "rocksdb"),
                "--strategy",
                "approximate",
                "--false-positive-rate",
                "1e-9");
    }

    /** Nothing was judged before the savepoint: all of it waits in state for the watermark. */
    @Test
    void whatWaitsInEventTimeIsJudgedAfterwards() throws Exception {
        surviveASavepoint(
                new Setting(2, "rocksdb"),
                SavepointFormatType.NATIVE,
                new Setting(3, "rocksdb"),
                "--time",
                "event",
                "--out-of-orderness",
                "1h");
    }

    @Test
    void keepLatestKnowsTheVersionsFromBefore() throws Exception {
        Payment two = payment("p-1").version("2");
        Payment one = payment("p-1").version("1").on(1, 0);
        Payment three = payment("p-1").version("3").on(1, 0);
        String[] flags = {"--strategy", "keep-latest", "--version-field", "/version"};
        JobOnKafka job = JobOnKafka.withTopics(kafka, flink).write(two);
        new Setting(2, "hashmap").apply();
        String savepoint = job.start(flags).hasReadAll().stop(SavepointFormatType.CANONICAL);

        job.write(one, three);
        new Setting(3, "rocksdb").apply();
        flink.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        job.start(flags).hasReadAll().drain();

        job.hasOnly(Message.all(two.keyed("\"p-1\""), three.keyed("\"p-1\"")), Message.all(one), List.of());
    }
}
