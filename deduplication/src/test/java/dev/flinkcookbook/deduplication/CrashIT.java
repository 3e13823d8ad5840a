package dev.flinkcookbook.deduplication;

import static dev.flinkcookbook.deduplication.Payments.payment;

import dev.flinkcookbook.deduplication.Payments.Payment;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.InProcessKafka;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@ExtendWith(KafkaExtension.class)
class CrashIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    /**
     * The worst moment: after records were flushed to the broker, before the checkpoint that would cover them. It is exact,
     * since checkpoints are taken by the test alone and it waits for the records to stand in the topic.
     */
    @Nested
    class BetweenFlushAndCheckpoint {
        private final Payment a = payment("a").on(0, 0);
        private final Payment aAfterTheCheckpoint = payment("a").on(1, 0).at("10:00:01");
        private final Payment b = payment("b").on(0, 0).at("10:00:02");
        private final Payment bBeforeTheCrash = payment("b").on(0, 0).at("10:00:03");
        private final Payment aAfterTheCrash = payment("a").on(0, 0).at("10:00:04");
        private final Payment bAfterTheCrash = payment("b").on(0, 0).at("10:00:05");

        private final JobOnKafka job;

        BetweenFlushAndCheckpoint(KafkaBroker kafka) {
            job = JobOnKafka.withTopics(kafka, flink);
        }

        private void crash(String... flags) throws Exception {
            flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofDays(1))
                    .restarts(10); // the first may still be given a slot of the TaskManager that is going
            job.write(a);
            JobOnKafka.Running running =
                    job.start(flags).hasWritten(job.output(), 1).checkpoint().hasCommitted(job.output(), 1);
            job.events(); // returns when no transaction is open: from here on only records are added
            long events = job.countIn(job.output());
            long duplicates = job.countIn(job.duplicates());

            job.write(aAfterTheCheckpoint, b, bBeforeTheCrash);
            running.hasWritten(job.output(), events + 1).hasWritten(job.duplicates(), duplicates + 2);
            flink.replaceTaskManager();

            job.write(aAfterTheCrash, bAfterTheCrash);
            running.hasReadAllByCheckpoints().stop(SavepointFormatType.CANONICAL);
        }

        @Test
        void eachEventIsThereOnce() throws Exception {
            crash();
            job.hasOnly(
                    Message.all(a, b),
                    Message.all(aAfterTheCheckpoint, bBeforeTheCrash, aAfterTheCrash, bAfterTheCrash),
                    List.of());
        }

        @Test
        void controlAnAtLeastOnceSinkRepeatsWhatTheStateHasForgotten() throws Exception {
            crash("--delivery", "at-least-once");
            job.hasOnly(
                    Message.all(a, b, b),
                    Message.all(
                            aAfterTheCheckpoint,
                            bBeforeTheCrash,
                            aAfterTheCheckpoint,
                            bBeforeTheCrash,
                            aAfterTheCrash,
                            bAfterTheCrash),
                    List.of());
        }
    }

    @Nested
    class ARestartOfTheBroker {
        private static Payment[] payments(int from, int to, String time) {
            return IntStream.range(from, to)
                    .mapToObj(i -> payment("p-" + i).on(i % 2, 0).at(time))
                    .toArray(Payment[]::new);
        }

        /** The cluster of these tests allows no restart of a job, so it also shows that there is none. */
        @Test
        void losesAndRepeatsNothing() throws Exception {
            try (KafkaBroker broker = InProcessKafka.started()) {
                JobOnKafka job = JobOnKafka.withTopics(broker, flink).write(payments(0, 500, "10:00:00"));
                JobOnKafka.Running running = job.start().hasCommitted(job.output(), 1);
                job.write(payments(250, 1_000, "10:00:01"));

                broker.stop();
                CompletableFuture<Void> written =
                        CompletableFuture.runAsync(() -> job.write(payments(750, 1_500, "10:00:02")));
                broker.start();
                written.get(60, TimeUnit.SECONDS);
                job.write(payments(0, 1_500, "10:00:03"));
                running.hasReadAll().stop(SavepointFormatType.CANONICAL);

                job.hasOnlyEventsWithIds(
                        IntStream.range(0, 1_500).mapToObj(i -> "p-" + i).toList());
            }
        }
    }
}
