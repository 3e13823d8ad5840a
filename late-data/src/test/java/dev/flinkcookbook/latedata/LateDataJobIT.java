package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.millis;
import static dev.flinkcookbook.latedata.Readings.reading;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.latedata.Readings.Reading;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.flink.configuration.CoreOptions;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@ExtendWith(KafkaExtension.class)
class LateDataJobIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension(CollectedMetrics.options());

    private static final String[] FLAGS = {
        "--out-of-orderness", "1s", "--allowed-lateness", "30s", "--idle-after", "300ms"
    };

    private final KafkaBroker kafka;

    LateDataJobIT(KafkaBroker kafka) {
        this.kafka = kafka;
    }

    @Nested
    class AReading {
        private final Reading first =
                reading("s-1").at("10:00:10").celsius("21.40").on(0, 0);
        private final Reading movesTime = reading("s-2").at("10:01:10").on(0, 1);
        private final Reading refines =
                reading("s-1").at("10:00:20").celsius("-3").on(0, 2);
        private final Reading movesTimeOn = reading("s-2").at("10:02:10").on(0, 3);
        private final Reading late = reading("s-1")
                .at("10:00:30")
                .on(0, 4)
                .keyed("k")
                .header("trace", "1")
                .header("none", null);

        @Test
        void isOnTimeOrRefinesOrIsLateAndIsLateAsItCame() throws Exception {
            JobsOnKafka jobs = JobsOnKafka.withTopics(kafka, flink, 1);
            long before = System.currentTimeMillis();
            jobs.write(first, movesTime);
            JobsOnKafka.Running running = jobs.start(FLAGS).hasCommitted(jobs.results(), 1);
            jobs.write(refines);
            running.hasCommitted(jobs.results(), 2);
            jobs.write(movesTimeOn);
            running.hasCommitted(jobs.results(), 3);
            jobs.write(late);
            running.hasReadAll().drain();

            assertThat(jobs.resultLines())
                    .containsExactly(
                            "s-1 10:00-10:01 count 1 min 21.4 max 21.4 sum 21.4 window 1",
                            "s-1 10:00-10:01 count 2 min -3 max 21.4 sum 18.4 window 2",
                            "s-2 10:01-10:02 count 1 min 20 max 20 sum 20 window 1",
                            "s-2 10:02-10:03 count 1 min 20 max 20 sum 20 window 1");
            assertThat(jobs.reasons()).isEmpty();
            ConsumerRecord<byte[], byte[]> record = jobs.read(jobs.late()).get(0);
            assertThat(jobs.latePlaces()).containsExactly("0@4");
            assertThat(record.key()).isEqualTo(late.key());
            assertThat(record.value()).isEqualTo(late.value());
            assertThat(record.timestamp()).as("stamped on arrival").isGreaterThanOrEqualTo(before);
            assertThat(StreamSupport.stream(record.headers().spliterator(), false)
                            .map(header -> header.key() + "="
                                    + (header.value() == null ? "null" : JobsOnKafka.text(header.value()))))
                    .containsExactly(
                            "trace=1",
                            "none=null",
                            "late.topic=" + jobs.input(),
                            "late.partition=0",
                            "late.offset=4",
                            "late.timestamp=" + millis("10:00:30"),
                            "late.watermark=2026-01-01T10:02:08.999Z",
                            "late.by=PT1M38.999S",
                            "late.window-start=2026-01-01T10:00:00Z",
                            "late.window-end=2026-01-01T10:01:00Z");
            assertThat(CollectedMetrics.has(running.id(), "numLateRecordsDropped"))
                    .as("nothing in this job drops what is late")
                    .isFalse();
        }
    }

    @Nested
    class TheWatermark {
        private final Reading first = reading("s-1").at("10:00:10").on(0, 0);
        private final Reading movesTime = reading("s-1").at("10:05:00").on(0, 1);

        private static final String FIRST_WINDOW = "s-1 10:00-10:01 count 1 min 20 max 20 sum 20 window 1";
        private static final String LAST_WINDOW = "s-1 10:05-10:06 count 1 min 20 max 20 sum 20 window 1";

        @Test
        void doesNotWaitForAPartitionThatIsSilentNorForASubtaskWithoutPartitions() throws Exception {
            JobsOnKafka jobs = JobsOnKafka.withTopics(kafka, flink, 3).write(first, movesTime);
            flink.set(CoreOptions.DEFAULT_PARALLELISM, 4);

            JobsOnKafka.Running running = jobs.start(FLAGS).hasCommitted(jobs.results(), 1);

            assertThat(jobs.resultLines()).as("before the end").containsExactly(FIRST_WINDOW);

            jobs.write(reading("s-1").at("10:00:20").on(2, 0));
            running.hasReadAll().drain();
            assertThat(jobs.latePlaces()).as("what comes after the silence").containsExactly("2@0");
            jobs.correctToTheEnd();
            assertThat(jobs.newestLines())
                    .containsExactlyInAnyOrder(
                            "s-1 10:00-10:01 count 2 min 20 max 20 sum 40 correction 2", LAST_WINDOW);
        }

        @Test
        void doesNotWaitForAPartitionInWhichNothingButGarbageArrivesAnyMore() throws Exception {
            JobsOnKafka jobs = JobsOnKafka.withTopics(kafka, flink, 2)
                    .write(first, movesTime, reading("s-2").at("10:00:20").on(1, 0));
            JobsOnKafka.Running running = jobs.start("--out-of-orderness", "1s", "--idle-after", "2s");

            JobsOnKafka.patiently().until(() -> {
                // All the time, so that the partition is never silent for the two seconds.
                jobs.write(List.of(record(jobs, 1, "no json")));
                return jobs.countIn(jobs.results()) > 0;
            });

            running.drain();
            assertThat(jobs.latePlaces()).isEmpty();
            assertThat(jobs.resultLines())
                    .containsExactlyInAnyOrder(
                            FIRST_WINDOW, "s-2 10:00-10:01 count 1 min 20 max 20 sum 20 window 1", LAST_WINDOW);
        }

        @Test
        void waitsForAPartitionThatIsBehindSoThatItsReadingsAreOnTime() throws Exception {
            JobsOnKafka jobs = JobsOnKafka.withTopics(kafka, flink, 2)
                    .write(first, movesTime, reading("s-1").at("09:59:10").on(1, 0));
            JobsOnKafka.Running running = jobs.start("--out-of-orderness", "1s", "--idle-after", "10m")
                    .hasReadAll();
            assertThat(jobs.resultLines()).isEmpty();

            jobs.write(reading("s-1").at("10:00:20").on(1, 2));
            running.hasReadAll().drain();

            assertThat(jobs.latePlaces()).isEmpty();
            assertThat(jobs.resultLines())
                    .containsExactly(
                            "s-1 09:59-10:00 count 1 min 20 max 20 sum 20 window 1",
                            "s-1 10:00-10:01 count 2 min 20 max 20 sum 40 window 1",
                            LAST_WINDOW);
        }

        /** Time does not pass by itself: what is open waits for the next reading, on whatever partition. */
        @Test
        void standsStillWhileAllPartitionsAreSilentAndGoesOnWithTheNextReading() throws Exception {
            JobsOnKafka jobs = JobsOnKafka.withTopics(kafka, flink, 2)
                    .write(first, reading("s-2").at("10:00:05").on(1, 0));
            JobsOnKafka.Running running = jobs.start(FLAGS).hasReadAll();
            JobsOnKafka.patiently() // Idle are the partitions without readings, whatever garbage arrives there.
                    .until(() -> CollectedMetrics.sum(running.id(), "readingsPending") == 2);
            assertThat(jobs.resultLines()).isEmpty();

            jobs.write(reading("s-1").at("10:05:00").on(1, 1));
            running.hasCommitted(jobs.results(), 2).drain();

            assertThat(jobs.resultLines())
                    .containsExactlyInAnyOrder(
                            FIRST_WINDOW, "s-2 10:00-10:01 count 1 min 20 max 20 sum 20 window 1", LAST_WINDOW);
            assertThat(jobs.latePlaces()).isEmpty();
        }

        @Test
        void isNotMovedByATimeFarAheadOfKafkasTimestamp() throws Exception {
            JobsOnKafka jobs = JobsOnKafka.withTopics(kafka, flink, 1);
            Reading ahead = reading("s-9").at("23:00:00").stampedAt("10:00:11");
            Reading behindTheAhead = reading("s-1").at("10:00:12");

            jobs.write(first, ahead, behindTheAhead).runToTheEnd(FLAGS);

            assertThat(jobs.resultLines()).containsExactly("s-1 10:00-10:01 count 2 min 20 max 20 sum 40 window 1");
            assertThat(jobs.reasons()).containsExactly("0@1 time-ahead-of-clock");
            assertThat(jobs.latePlaces()).isEmpty();
        }

        @Test
        void controlWithMoreSkewAllowedTheSameTimeMakesWhatFollowsLateAndStillNothingIsLost() throws Exception {
            JobsOnKafka jobs = JobsOnKafka.withTopics(kafka, flink, 1);
            Reading ahead = reading("s-9").at("23:00:00").stampedAt("10:00:11");
            jobs.write(first, ahead);
            JobsOnKafka.Running running = jobs.start("--max-clock-skew", "24h", "--idle-after", "300ms")
                    .hasCommitted(jobs.results(), 1);

            jobs.write(reading("s-1").at("10:00:12"), reading("s-1").at("10:00:13"));
            running.hasReadAll().drain();

            assertThat(jobs.latePlaces()).containsExactly("0@2", "0@3");
            jobs.correctToTheEnd();
            assertThat(jobs.newestLines())
                    .containsExactlyInAnyOrder(
                            "s-1 10:00-10:01 count 3 min 20 max 20 sum 60 correction 3",
                            "s-9 23:00-23:01 count 1 min 20 max 20 sum 20 window 1");
        }

        @Test
        void holdsBackAPartitionThatIsReadFarAheadOfTheSlowest() throws Exception {
            JobsOnKafka jobs = JobsOnKafka.withTopics(kafka, flink, 2)
                    .write(
                            reading("s-1").at("10:00:10").on(1, 0),
                            reading("s-1").at("10:30:00").on(0, 0));
            JobsOnKafka.Running running =
                    jobs.start("--out-of-orderness", "1s", "--idle-after", "10m", "--max-partition-drift", "10m");
            String heldBack = null;
            for (int round = 0; heldBack == null; round++) {
                // First to the partition that is ahead. Once it is held back, only the other record comes through.
                String ahead = "ahead " + round;
                String slow = "slow " + round;
                jobs.write(List.of(record(jobs, 0, ahead), record(jobs, 1, slow)));
                JobsOnKafka.patiently().until(() -> letters(jobs).contains(slow));
                running.checkpoint().checkpoint();
                heldBack = letters(jobs).contains(ahead) ? null : ahead;
            }
            running.checkpoint().checkpoint();
            assertThat(letters(jobs)).doesNotContain(heldBack);

            jobs.write(reading("s-1").at("10:30:00").on(1, 0));
            String comesNow = heldBack;
            JobsOnKafka.patiently().until(() -> letters(jobs).contains(comesNow));
            running.drain();
        }

        private static ProducerRecord<byte[], byte[]> record(JobsOnKafka jobs, int partition, String value) {
            return new ProducerRecord<>(jobs.input(), partition, null, Readings.utf8(value));
        }

        private static List<String> letters(JobsOnKafka jobs) {
            return jobs.read(jobs.deadLetters()).stream()
                    .map(letter -> JobsOnKafka.text(letter.value()))
                    .toList();
        }
    }

    @Nested
    class TheTopics {
        @Test
        void areCreatedOnRequestAndTheResultsAreCompacted() throws Exception {
            JobsOnKafka jobs = JobsOnKafka.withoutTopics(kafka, flink);
            Topics.create(jobs.servers(), jobs.input(), 3);

            jobs.runToTheEnd("--create-topics").correctToTheEnd("--create-topics");

            for (String topic :
                    List.of(jobs.results(), jobs.late(), jobs.deadLetters(), jobs.deadLettersOfTheCorrection())) {
                assertThat(TopicReader.endOffsets(jobs.servers(), topic)).hasSize(3);
                assertThat(cleanupPolicy(topic)).isEqualTo(topic.equals(jobs.results()) ? "compact" : "delete");
            }
        }

        private String cleanupPolicy(String topic) throws Exception {
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) kafka.bootstrapServers()))) {
                return admin.describeConfigs(List.of(resource))
                        .all()
                        .get()
                        .get(resource)
                        .get("cleanup.policy")
                        .value();
            }
        }

        @Test
        void thatAreMissingAreNamedInOneLine() {
            JobsOnKafka jobs = JobsOnKafka.withoutTopics(kafka, flink);

            assertThatThrownBy(jobs::runToTheEnd)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Kafka at %s has no topic %s, %s, %s, %s (--create-topics creates what is missing)"
                            .formatted(jobs.servers(), jobs.input(), jobs.deadLetters(), jobs.late(), jobs.results()));
            assertThatThrownBy(jobs::correctToTheEnd)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Kafka at %s has no topic %s, %s, %s (--create-topics creates what is missing)"
                            .formatted(jobs.servers(), jobs.late(), jobs.deadLettersOfTheCorrection(), jobs.results()));
        }
    }

    @Test
    void aWrongFlagIsOneLineThatNamesIt() {
        JobsOnKafka jobs = JobsOnKafka.withoutTopics(kafka, flink);

        assertThatThrownBy(() -> jobs.runToTheEnd("--window", "60"))
                .isInstanceOf(FlagException.class)
                .hasMessage("--window: got '60', expected a duration with its unit, such as 24h, 5m or 100ms");
    }
}
