package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.reading;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.latedata.Readings.Reading;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Records taken = pending + on time + refined + late + dead letters: at each stop with a savepoint, after restarts with other
 * parallelisms and state backends, at the end; by the job's own books and by the topics.
 */
@ExtendWith(KafkaExtension.class)
class BalanceIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension(CollectedMetrics.options());

    private static final int PARTITIONS = 2;
    private static final int RECORDS_OF_A_ROUND = 600;
    private static final int RECORDS_OF_A_MINUTE = 200;
    private static final Duration LATEST = Duration.ofMinutes(6);

    private final Random random = new Random(17);
    private final JobsOnKafka jobs;
    private int written;

    BalanceIT(KafkaBroker kafka) {
        jobs = JobsOnKafka.withTopics(kafka, flink, PARTITIONS);
    }

    /** Three minutes of readings, a third of them late by up to six minutes; each eleventh record is garbage. */
    private void writeARound() {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < RECORDS_OF_A_ROUND; i++) {
            long arrival = Readings.millis("10:00:00") + written * 60_000L / RECORDS_OF_A_MINUTE;
            long late = random.nextInt(3) == 0 ? random.nextLong(LATEST.toMillis()) : 0;
            Reading reading = reading("s-" + random.nextInt(20))
                    .at(Instant.ofEpochMilli(arrival - late))
                    .celsius(random.nextInt(40) + "." + random.nextInt(10))
                    .on(random.nextInt(PARTITIONS), 0);
            records.add(
                    written % 11 == 0
                            ? new ProducerRecord<>(jobs.input(), reading.partition(), arrival, null, new byte[] {1})
                            : new ProducerRecord<>(jobs.input(), reading.partition(), arrival, null, reading.value()));
            written++;
        }
        jobs.write(records);
    }

    private JobsOnKafka.Running start() {
        // A round ends within the allowed lateness of a window, so that the next one refines it however fast it is
        // read.
        return jobs.start("--out-of-orderness", "5s", "--allowed-lateness", "75s", "--idle-after", "10m");
    }

    private BatchOracle.Result audit() {
        BatchOracle oracle = new BatchOracle(Duration.ofMinutes(1), Duration.ofMinutes(1));
        jobs.read(jobs.input()).forEach(oracle::input);
        jobs.read(jobs.results()).forEach(oracle::output);
        jobs.read(jobs.late()).forEach(oracle::late);
        List<ConsumerRecord<byte[], byte[]>> deadLetters = jobs.read(jobs.deadLetters());
        deadLetters.forEach(oracle::deadLetter);
        return oracle.result();
    }

    private static long sum(JobID job, String name) {
        return CollectedMetrics.sum(job, name);
    }

    /** @return what is pending */
    private long theBooksAgreeWithTheTopics(JobID job) {
        BatchOracle.Result topics = audit();
        assertThat(sum(job, "recordsTaken")).isEqualTo(topics.expected() + topics.deadLetters());
        assertThat(sum(job, "deadLetters")).isEqualTo(topics.deadLetters());
        assertThat(sum(job, "readingsArrived")).isEqualTo(topics.expected());
        assertThat(sum(job, "readingsOnTime") + sum(job, "readingsRefined"))
                .as("counted by the newest results of the window job")
                .isEqualTo(topics.counted());
        assertThat(sum(job, "readingsRefined")).isGreaterThanOrEqualTo(topics.refined());
        assertThat(sum(job, "readingsLate")).isEqualTo(topics.late());
        assertThat(sum(job, "readingsPending")).isEqualTo(topics.unaccounted());
        assertThat(topics.reopened()).as("windows opened again").isZero();
        assertThat(topics.wrong() + topics.duplicated()).isZero();
        return sum(job, "readingsPending");
    }

    private void restartWith(int parallelism, String backend, String savepoint) {
        flink.set(CoreOptions.DEFAULT_PARALLELISM, parallelism);
        flink.set(StateBackendOptions.STATE_BACKEND, backend);
        flink.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    }

    @Test
    void holdsAtEachStopAndAtTheEndAndAfterTheCorrectionNothingIsOpen() throws Exception {
        flink.set(CoreOptions.DEFAULT_PARALLELISM, 1);
        JobsOnKafka.Running correction = jobs.startCorrection();
        flink.set(CoreOptions.DEFAULT_PARALLELISM, 2);
        writeARound();
        JobsOnKafka.Running first = start().hasReadAll();
        String savepoint = first.stop(SavepointFormatType.CANONICAL);
        assertThat(theBooksAgreeWithTheTopics(first.id())).isPositive();

        restartWith(3, "rocksdb", savepoint);
        writeARound();
        JobsOnKafka.Running second = start().hasReadAll();
        savepoint = second.stop(SavepointFormatType.CANONICAL);
        assertThat(theBooksAgreeWithTheTopics(second.id())).isPositive();

        restartWith(1, "hashmap", savepoint);
        writeARound();
        JobsOnKafka.Running third = start().hasReadAll();
        third.drain();
        assertThat(theBooksAgreeWithTheTopics(third.id()))
                .as("pending at the end")
                .isZero();

        JobsOnKafka.patiently().until(() -> audit().lost() == 0);
        correction.drain();
        BatchOracle.Result corrected = audit();
        assertThat(corrected.isThatOfABatch()).as("%s", corrected).isTrue();
        assertThat(List.of(corrected.refined(), corrected.late(), corrected.corrected()))
                .as("there was something to refine, to be late, and to correct")
                .doesNotContain(0L);
        assertThat(sum(correction.id(), "lateReadingsArrived")).isEqualTo(corrected.late());
        assertThat(sum(correction.id(), "lateReadingsCorrected")).isEqualTo(corrected.late());
    }
}
