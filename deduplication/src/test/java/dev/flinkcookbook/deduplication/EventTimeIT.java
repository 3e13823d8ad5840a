package dev.flinkcookbook.deduplication;

import static dev.flinkcookbook.deduplication.Payments.payment;
import static dev.flinkcookbook.deduplication.Payments.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.deduplication.Payments.Payment;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.CoreOptions;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What moves the watermark and what does not, and whether a replay gives the same answer, on a real Kafka. */
@ExtendWith(KafkaExtension.class)
class EventTimeIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private static final String[] SOON_IDLE = {"--time", "event", "--out-of-orderness", "1s", "--idle-after", "300ms"};

    private final KafkaBroker kafka;

    EventTimeIT(KafkaBroker kafka) {
        this.kafka = kafka;
    }

    private JobOnKafka job(int partitions) {
        return JobOnKafka.withTopics(kafka, flink, partitions);
    }

    @Nested
    class TheWatermark {
        private final Payment first = payment("p-1").at("10:00:00").on(0, 0);
        private final Payment again = payment("p-1").at("10:00:05").on(0, 1);
        private final Payment last = payment("p-2").at("10:10:00").on(0, 2);

        /** The last one waits for a watermark that never comes, so it goes on at the end only. */
        private void goesOnAndThenEnds(JobOnKafka job) throws Exception {
            JobOnKafka.Running running = job.start(SOON_IDLE).hasCommitted(job.output(), 1);
            assertThat(job.events()).as("before the end").isEqualTo(Message.all(first));
            running.hasReadAll().drain();
            assertThat(job.events()).isEqualTo(Message.all(first, last));
            assertThat(job.dropped()).isEqualTo(Message.all(again));
        }

        @Test
        void doesNotWaitForPartitionsWithoutRecordsNorForSubtasksWithoutPartitions() throws Exception {
            // Parallelism 4 with three partitions: one subtask of the source has none.
            JobOnKafka job = job(3).write(first, again, last);
            flink.set(CoreOptions.DEFAULT_PARALLELISM, 4);
            goesOnAndThenEnds(job);
            assertThat(job.reasons()).isEmpty();
        }

        @Test
        void doesNotWaitForAPartitionInWhichNothingButGarbageArrivesAnyMore() throws Exception {
            Payment theOneBeforeTheGarbage = payment("p-0").at("10:00:00").on(1, 0);
            JobOnKafka job = job(2).write(first, again, last, theOneBeforeTheGarbage);
            JobOnKafka.Running running = job.start("--time", "event", "--out-of-orderness", "1s", "--idle-after", "2s");
            List<String> garbage = new ArrayList<>();

            JobOnKafka.patiently().until(() -> {
                // All the time, so that the partition is never silent for the two seconds.
                job.write(List.of(new ProducerRecord<>(job.input(), 1, null, utf8("no json"))));
                garbage.add("1@" + (garbage.size() + 1) + " not-json");
                return job.countIn(job.output()) > 0;
            });

            running.hasReadAll();
            assertThat(job.events())
                    .as("before the end")
                    .containsExactlyInAnyOrderElementsOf(Message.all(first, theOneBeforeTheGarbage));
            running.drain();
            job.hasOnly(Message.all(first, theOneBeforeTheGarbage, last), Message.all(again), garbage);
        }

        @Test
        void isNotMovedByATimeFarAheadOfKafkasTimestamp() throws Exception {
            JobOnKafka job = job(1);
            Payment ahead = payment("p-9").at("23:00:00").stampedAt("10:00:01");
            Payment behindTheAhead = payment("p-3").at("10:00:02");

            job.write(first, ahead, behindTheAhead, last).runToTheEnd(SOON_IDLE);

            job.hasOnly(Message.all(first, behindTheAhead, last), List.of(), List.of("0@1 time-ahead-of-clock"));
        }

        @Test
        void controlWithMoreSkewAllowedTheSameTimeMakesWhatFollowsTooLate() throws Exception {
            JobOnKafka job = job(1);
            Payment ahead = payment("p-9").at("23:00:00").stampedAt("10:00:01");
            Payment behindTheAhead = payment("p-3").at("10:00:02");
            job.write(first, ahead);
            JobOnKafka.Running running = job.start(
                            "--time", "event", "--max-clock-skew", "24h", "--idle-after", "300ms")
                    .hasCommitted(job.output(), 1);

            job.write(behindTheAhead);
            running.hasReadAll().drain();

            job.hasOnly(Message.all(first, ahead), List.of(), List.of("0@2 too-late-to-judge"));
        }
    }

    @Nested
    class AReplayWithThePartitionsInterleavedDifferently {
        private final Payment first = payment("p-1").at("10:00:00").on(0, 0).keyed("first");
        private final Payment retry = payment("p-1").at("10:00:05").on(1, 0).keyed("retry");
        private final Payment other = payment("p-2").at("10:00:01").on(1, 1).keyed("first");
        private final Payment otherRetry =
                payment("p-2").at("10:00:02").on(0, 1).keyed("retry");

        private JobOnKafka replay(boolean partition0First, String... flags) throws Exception {
            JobOnKafka job = job(2);
            Payment[] partition0 = {first, otherRetry};
            Payment[] partition1 = {retry, other};
            JobOnKafka.Running running = job.start(flags);
            job.write(partition0First ? partition0 : partition1);
            running.hasReadAll();
            job.write(partition0First ? partition1 : partition0);
            running.hasReadAll().drain();
            assertThat(job.reasons()).isEmpty();
            return job;
        }

        @Test
        void givesTheSameAnswerInEventTime() throws Exception {
            // The partition that is still empty is waited for.
            String[] flags = {"--time", "event", "--out-of-orderness", "10s", "--idle-after", "10m"};
            for (boolean partition0First : new boolean[] {true, false}) {
                JobOnKafka job = replay(partition0First, flags);
                assertThat(job.events()).containsExactlyInAnyOrderElementsOf(Message.all(first, other));
                assertThat(job.dropped()).containsExactlyInAnyOrderElementsOf(Message.all(retry, otherRetry));
            }
        }

        @Test
        void controlGivesAnotherOneInProcessingTimeWhereTheFirstToArriveWins() throws Exception {
            assertThat(replay(true).events()).containsExactlyInAnyOrderElementsOf(Message.all(first, otherRetry));
            assertThat(replay(false).events()).containsExactlyInAnyOrderElementsOf(Message.all(retry, other));
        }
    }
}
