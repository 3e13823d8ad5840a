package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.reading;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The worst moment: after results and late readings were flushed to the broker, before the checkpoint that would cover them. It is
 * exact, since checkpoints are taken by the test alone and it waits for the records to stand in the topics.
 */
@ExtendWith(KafkaExtension.class)
class CrashIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension(CollectedMetrics.options());

    private final JobsOnKafka jobs;

    CrashIT(KafkaBroker kafka) {
        jobs = JobsOnKafka.withTopics(kafka, flink, 1);
    }

    private void crashBetweenFlushAndCheckpoint(String... delivery) throws Exception {
        flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofDays(1))
                .restarts(10); // the first may still be given a slot of the TaskManager that is going
        String[] flags = {"--out-of-orderness", "0ms", "--allowed-lateness", "0ms", "--idle-after", "300ms"};
        jobs.write(reading("s-1").at("10:00:10"), reading("s-1").at("10:02:00"));
        JobsOnKafka.Running running = jobs.start(
                        Stream.of(flags, delivery).flatMap(Arrays::stream).toArray(String[]::new))
                .hasWritten(jobs.results(), 1)
                .checkpoint()
                .hasCommitted(jobs.results(), 1);
        jobs.resultLines(); // returns when no transaction is open: from here on only records are added
        long results = jobs.countIn(jobs.results());
        long late = jobs.countIn(jobs.late());

        jobs.write(reading("s-1").at("10:00:20"), reading("s-1").at("10:04:00"));
        running.hasWritten(jobs.results(), results + 1).hasWritten(jobs.late(), late + 1);
        flink.replaceTaskManager();

        jobs.write(reading("s-1").at("10:00:30"));
        running.hasReadAllByCheckpoints().drain();
    }

    private static final String FIRST = "s-1 10:00-10:01 count 1 min 20 max 20 sum 20 window 1";
    private static final String SECOND = "s-1 10:02-10:03 count 1 min 20 max 20 sum 20 window 1";
    private static final String LAST = "s-1 10:04-10:05 count 1 min 20 max 20 sum 20 window 1";
    private static final String CORRECTED = "s-1 10:00-10:01 count 3 min 20 max 20 sum 60 correction 3";

    @Test
    void eachResultAndEachLateReadingIsThereOnceAndNoWindowIsOpenedAgain() throws Exception {
        crashBetweenFlushAndCheckpoint();

        assertThat(jobs.resultLines()).containsExactly(FIRST, SECOND, LAST);
        assertThat(jobs.latePlaces()).containsExactly("0@2", "0@4");
        jobs.correctToTheEnd();
        assertThat(jobs.newestLines()).containsExactlyInAnyOrder(CORRECTED, SECOND, LAST);
    }

    @Test
    void controlAnAtLeastOnceSinkRepeatsThemAndTheCorrectionStillCountsEachOnce() throws Exception {
        crashBetweenFlushAndCheckpoint("--delivery", "at-least-once");

        assertThat(jobs.resultLines()).containsExactly(FIRST, SECOND, SECOND, LAST);
        assertThat(jobs.latePlaces()).containsExactly("0@2", "0@2", "0@4");
        jobs.correctToTheEnd();
        assertThat(jobs.newestLines()).containsExactlyInAnyOrder(CORRECTED, SECOND, LAST);
    }
}
