package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.reading;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.util.List;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@ExtendWith(KafkaExtension.class)
class CorrectionJobIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension(CollectedMetrics.options());

    private static final String[] STRICT = {
        "--out-of-orderness", "0ms", "--allowed-lateness", "0ms", "--idle-after", "300ms"
    };

    private final JobsOnKafka jobs;
    private JobsOnKafka.Running windows;

    CorrectionJobIT(KafkaBroker kafka) {
        jobs = JobsOnKafka.withTopics(kafka, flink, 1);
    }

    /** Two windows are published; of a third nothing came in time. The last reading keeps a fourth one open. */
    private void publishWindows() {
        jobs.write(
                reading("s-1").at("10:00:10").celsius("21.4"),
                reading("s-2").at("10:00:20").celsius("30"),
                reading("s-1").at("10:05:00"));
        windows = jobs.start(STRICT).hasCommitted(jobs.results(), 2);
    }

    private void becomesLate(Readings.Reading... readings) {
        jobs.write(readings);
        windows.hasReadAll();
    }

    private static final String PUBLISHED_1 = "s-1 10:00-10:01 count 1 min 21.4 max 21.4 sum 21.4 window 1";
    private static final String PUBLISHED_2 = "s-2 10:00-10:01 count 1 min 30 max 30 sum 30 window 1";
    private static final String LAST = "s-1 10:05-10:06 count 1 min 20 max 20 sum 20 window 1";

    @Test
    void correctsTheResultsThatHaveLateReadingsAndNoOthers() throws Exception {
        publishWindows();
        becomesLate(
                reading("s-1").at("10:00:30").celsius("-3"),
                reading("s-1").at("10:00:40").celsius("5"),
                reading("s-3").at("10:01:00").celsius("7"));
        windows.drain();

        jobs.correctToTheEnd();

        assertThat(jobs.newestLines())
                .containsExactlyInAnyOrder(
                        "s-1 10:00-10:01 count 3 min -3 max 21.4 sum 23.4 correction 3",
                        PUBLISHED_2,
                        "s-3 10:01-10:02 count 1 min 7 max 7 sum 7 correction 1",
                        LAST);
    }

    @Test
    void givesTheSameResultsWhenItIsStartedAnewFromTheBeginning() throws Exception {
        publishWindows();
        becomesLate(reading("s-1").at("10:00:30").celsius("-3"), reading("s-3").at("10:01:00"));
        windows.drain();
        jobs.correctToTheEnd();
        List<String> once = jobs.newestLines();

        jobs.correctToTheEnd().correctToTheEnd();

        assertThat(jobs.newestLines()).isEqualTo(once);
        assertThat(jobs.resultLines())
                .filteredOn(line -> line.contains("correction"))
                .hasSize(6);
    }

    @Test
    void runsBesideTheWindowJobAndGoesOnFromASavepointWithoutRepeatingItself() throws Exception {
        publishWindows();
        becomesLate(reading("s-1").at("10:00:30").celsius("-3"));
        JobsOnKafka.Running correction = jobs.startCorrection("--idle-after", "100ms");
        jobs.write(reading("s-1").at("10:07:00")); // A later window is published, so that the wait is over.
        String savepoint = correction.hasCommitted(jobs.results(), 4).stop(SavepointFormatType.CANONICAL);

        becomesLate(reading("s-1").at("10:00:40").celsius("5"));
        windows.drain();
        flink.set(CoreOptions.DEFAULT_PARALLELISM, 3);
        flink.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
        flink.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        JobsOnKafka.Running restored = jobs.startCorrection().hasCommitted(jobs.results(), 6);
        restored.drain();

        assertThat(jobs.resultLines())
                .containsExactlyInAnyOrder(
                        PUBLISHED_1,
                        PUBLISHED_2,
                        LAST,
                        "s-1 10:07-10:08 count 1 min 20 max 20 sum 20 window 1",
                        "s-1 10:00-10:01 count 2 min -3 max 21.4 sum 18.4 correction 2",
                        "s-1 10:00-10:01 count 3 min -3 max 21.4 sum 23.4 correction 3");
        assertThat(CollectedMetrics.sum(restored.id(), "lateReadingsArrived")).isEqualTo(2);
        assertThat(CollectedMetrics.sum(restored.id(), "lateReadingsCorrected")).isEqualTo(2);
        assertThat(CollectedMetrics.sum(restored.id(), "lateReadingsWaiting")).isZero();
    }

    /** No result of a later window is read; but the late reading tells that time has passed, and the results are silent. */
    @Test
    void doesNotWaitForResultsThatAreSilent() throws Exception {
        publishWindows();
        becomesLate(reading("s-1").at("10:00:30").celsius("-3"));

        jobs.startCorrection("--idle-after", "300ms").hasCommitted(jobs.results(), 3);

        assertThat(jobs.newestLines())
                .containsExactlyInAnyOrder(
                        "s-1 10:00-10:01 count 2 min -3 max 21.4 sum 18.4 correction 2", PUBLISHED_2);
    }

    @Test
    void controlAWindowJobThatStartsOverWithoutItsStateCountsWhatWasLateOnceMore() throws Exception {
        publishWindows();
        becomesLate(reading("s-1").at("10:00:30").celsius("-3"));
        windows.drain();

        jobs.runToTheEnd("--out-of-orderness", "10m").correctToTheEnd();

        assertThat(jobs.newestLines())
                .as("two were measured")
                .contains("s-1 10:00-10:01 count 3 min -3 max 21.4 sum 15.4 correction 2");
    }

    /** As a window job does that is at least once, or has gone back to an older savepoint. */
    @Test
    void followsAResultThatIsRepeatedSinceOtherwiseThatWouldBeTheNewest() throws Exception {
        publishWindows();
        becomesLate(reading("s-1").at("10:00:30").celsius("-3"));
        windows.drain();
        JobsOnKafka.Running correction = jobs.startCorrection().hasCommitted(jobs.results(), 4);
        ConsumerRecord<byte[], byte[]> first = jobs.read(jobs.results()).stream()
                .filter(record -> JobsOnKafka.text(record.key()).contains("s-1"))
                .findFirst()
                .orElseThrow();

        jobs.write(List.of(new ProducerRecord<>(jobs.results(), first.key(), first.value())));
        correction.hasCommitted(jobs.results(), 6).drain();

        assertThat(jobs.newestLines())
                .containsExactlyInAnyOrder(
                        "s-1 10:00-10:01 count 2 min -3 max 21.4 sum 18.4 correction 2", PUBLISHED_2, LAST);
    }

    @Test
    void isNotStoppedByWhatSomebodyElseHasWritten() throws Exception {
        publishWindows();
        becomesLate(reading("s-1").at("10:00:30").celsius("-3"));
        windows.drain();
        jobs.write(List.of(
                new ProducerRecord<>(jobs.results(), null, Readings.utf8("no result")),
                new ProducerRecord<>(jobs.results(), null, null),
                new ProducerRecord<>(jobs.late(), null, reading("s-9").value())));

        jobs.correctToTheEnd();

        assertThat(jobs.read(jobs.results()))
                .last()
                .extracting(record -> JobsOnKafka.text(record.key()))
                .isEqualTo("[\"s-1\",\"2026-01-01T10:00:00Z\",\"2026-01-01T10:01:00Z\"]");
        assertThat(jobs.read(jobs.deadLettersOfTheCorrection()).stream()
                        .map(letter -> JobsOnKafka.header(letter, "dead-letter.topic") + " "
                                + JobsOnKafka.header(letter, "dead-letter.reason")))
                .containsExactlyInAnyOrder(
                        jobs.results() + " not-a-result",
                        jobs.results() + " no-value",
                        jobs.late() + " not-a-late-record");
    }

    @Test
    void answersAWrongFlagInOneLine() {
        assertThatThrownBy(() -> jobs.correctToTheEnd("--correct-within", "0ms"))
                .isInstanceOf(FlagException.class)
                .hasMessage("--correct-within: got '0ms', expected at least 1ms");
    }
}
