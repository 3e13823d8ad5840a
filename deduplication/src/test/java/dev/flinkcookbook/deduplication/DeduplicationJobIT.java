package dev.flinkcookbook.deduplication;

import static dev.flinkcookbook.deduplication.Payments.payment;
import static dev.flinkcookbook.deduplication.Payments.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.deduplication.Payments.Payment;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.TopicReader;
import dev.flinkcookbook.testbed.Topics;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestClassOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@ExtendWith(KafkaExtension.class)
@TestClassOrder(ClassOrderer.OrderAnnotation.class)
class DeduplicationJobIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    /** Takes as long as the job's patience with a broker that does not answer, so it runs beside the other tests. */
    private static CompletableFuture<Throwable> withoutABroker;

    private static int closedPort;

    private final KafkaBroker kafka;

    DeduplicationJobIT(KafkaBroker kafka) {
        this.kafka = kafka;
    }

    @BeforeAll
    static void startWithoutABroker() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            closedPort = socket.getLocalPort();
        }
        withoutABroker = CompletableFuture.supplyAsync(() -> {
            try {
                DeduplicationJob.main(new String[] {"--bootstrap-servers", "localhost:" + closedPort});
                return null;
            } catch (Throwable e) {
                return e;
            }
        });
    }

    private JobOnKafka job() {
        return JobOnKafka.withTopics(kafka, flink);
    }

    private static ProducerRecord<byte[], byte[]> raw(String topic, int partition, long timestamp, byte[] value) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, partition, timestamp, utf8("key"), value);
        record.headers().add("trace", utf8("1")).add("trace", utf8("2")).add("none", null);
        return record;
    }

    @Nested
    class WhatGoesOn {
        @Test
        void isTheFirstOccurrenceByteForByte() throws Exception {
            JobOnKafka job = job();
            Payment plain = payment("p-1").on(0, 0);
            Payment full = payment("p-2")
                    .on(1, 0)
                    .at("10:00:07.123")
                    .keyed("a-7")
                    .header("trace", "1")
                    .header("none", null)
                    .header("trace", "2")
                    .header("empty", "");
            Payment again =
                    payment("p-2").on(1, 1).at("10:00:09").header("retry", "1").header("none", null);

            job.write(plain, full, again).runToTheEnd();

            job.hasOnly(Message.all(plain, full), Message.all(again), List.of());
        }

        @Test
        void isTheValueAsItWasSpelledInAnyShapeOfJson() throws Exception {
            JobOnKafka job = job();
            byte[] value =
                    utf8("\n{ \"order\" : {\"ids\":[ 7 , \"x\" ]},\t\"\\u0061\":1e400, \"ü\":\"\\ud83d\\udc3f\" } ");
            byte[] again = utf8("{\"order\":{\"ids\":[7.0,\"x\"]}}");
            byte[] other = utf8("{\"order\":{\"ids\":[\"7\",\"x\"]}}");
            job.write(List.of(
                    raw(job.input(), 0, 5, value), raw(job.input(), 0, 6, again), raw(job.input(), 0, 7, other)));

            job.runToTheEnd("--id-field", "/order/ids/0,/order/ids/1", "--delivery", "at-least-once");

            assertThat(TopicReader.readAll(job.servers(), job.output()))
                    .extracting(ConsumerRecord::value)
                    .containsExactlyInAnyOrder(value, other);
            assertThat(TopicReader.readAll(job.servers(), job.duplicates()))
                    .extracting(ConsumerRecord::value)
                    .containsExactly(again);
        }
    }

    @Nested
    class ADeadLetter {
        @Test
        void isTheWholeRecordWithWhereItStoodAndWhy() throws Exception {
            JobOnKafka job = job();
            long timestamp = Payments.millis("10:00:00");
            job.write(payment("p-1").on(0, 0))
                    .write(List.of(
                            raw(job.input(), 1, timestamp, utf8("{\"paymentId\":\"p-1")),
                            raw(job.input(), 1, timestamp + 1, null)));
            long before = System.currentTimeMillis();

            job.runToTheEnd();

            job.hasOnly(Message.all(payment("p-1")), List.of(), List.of("1@0 not-json", "1@1 no-value"));
            Message truncated = Message.of(job.letters().get(0));
            Message tombstone = Message.of(job.letters().get(1));
            assertThat(truncated.value()).isEqualTo("{\"paymentId\":\"p-1");
            assertThat(truncated.key()).isEqualTo("key");
            assertThat(truncated.headers())
                    .startsWith("trace=1", "trace=2", "none=null", "dead-letter.topic=" + job.input())
                    .contains("dead-letter.partition=1", "dead-letter.offset=0", "dead-letter.timestamp=" + timestamp)
                    .hasSize(9);
            assertThat(tombstone.value()).isNull();
            assertThat(tombstone.headers())
                    .containsExactly(
                            "trace=1",
                            "trace=2",
                            "none=null",
                            "dead-letter.topic=" + job.input(),
                            "dead-letter.partition=1",
                            "dead-letter.offset=1",
                            "dead-letter.timestamp=" + (timestamp + 1),
                            "dead-letter.reason=no-value",
                            "dead-letter.message=the record has no value");
            assertThat(List.of(truncated, tombstone))
                    .as("stamped on arrival, so that the topic's retention counts from then")
                    .allMatch(letter -> letter.timestamp() >= before);
        }
    }

    @Nested
    class KeepingTheLatest {
        @Test
        void writesTheNewestUnderItsId() throws Exception {
            JobOnKafka job = job();
            Payment one = payment("p-1").version("1").on(0, 0).keyed("a-7");
            Payment two = payment("p-1").version("2").on(0, 1).header("h", null);
            Payment oneAgain = payment("p-1").version("1").on(0, 2);

            job.write(one, two, oneAgain).runToTheEnd("--strategy", "keep-latest", "--version-field", "/version");

            job.hasOnly(Message.all(one.keyed("\"p-1\""), two.keyed("\"p-1\"")), Message.all(oneAgain), List.of());
        }
    }

    @Nested
    class TheTopics {
        @Test
        void areCreatedOnRequestWithAsManyPartitionsAsTheInput() throws Exception {
            JobOnKafka job = JobOnKafka.withoutTopics(kafka, flink);
            Topics.create(job.servers(), job.input(), 3);

            job.runToTheEnd("--create-topics", "--strategy", "keep-latest", "--version-field", "/version");

            assertThat(TopicReader.endOffsets(job.servers(), job.output())).hasSize(3);
            assertThat(TopicReader.endOffsets(job.servers(), job.deadLetters())).hasSize(3);
            assertThat(TopicReader.endOffsets(job.servers(), job.duplicates())).hasSize(3);
            assertThat(cleanupPolicy(job.output())).isEqualTo("compact");
            assertThat(cleanupPolicy(job.duplicates())).isEqualTo("delete");
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
            JobOnKafka job = JobOnKafka.withoutTopics(kafka, flink);

            assertThatThrownBy(job::runToTheEnd)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Kafka at %s has no topic %s, %s, %s, %s (--create-topics creates what is missing)"
                            .formatted(job.servers(), job.input(), job.deadLetters(), job.output(), job.duplicates()));
        }
    }

    @Nested
    @Order(Integer.MAX_VALUE) // Last: until then the broker that does not answer has been waited for.
    class AWrongCall {
        @Test
        void isOneLineThatNamesTheFlag() {
            JobOnKafka job = JobOnKafka.withoutTopics(kafka, flink);

            assertThatThrownBy(() -> job.runToTheEnd("--retention", "24"))
                    .isInstanceOf(FlagException.class)
                    .hasMessage("--retention: got '24', expected a duration with its unit, such as 24h, 5m or 100ms");
        }

        @Test
        void toABrokerThatDoesNotAnswerIsOneLineAfterFourAttempts() throws Exception {
            assertThat(withoutABroker.get(60, TimeUnit.SECONDS))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Kafka at localhost:%d does not answer after 4 attempts of 5 s".formatted(closedPort));
        }
    }

    @Nested
    class TheStartingOffsets {
        private final Payment first = payment("p-1").at("10:00:00").on(0, 0);
        private final Payment second = payment("p-2").at("11:00:00").on(0, 1);

        @Test
        void latestLeavesOutWhatIsThere() throws Exception {
            JobOnKafka job = job().write(first).runToTheEnd("--starting-offsets", "latest");
            job.hasOnly(List.of(), List.of(), List.of());
        }

        @Test
        void aTimestampLeavesOutWhatIsOlder() throws Exception {
            JobOnKafka job =
                    job().write(first, second).runToTheEnd("--starting-offsets", "timestamp:2026-01-01T10:30:00Z");
            job.hasOnly(Message.all(second), List.of(), List.of());
        }

        @Test
        void committedGoesOnWhereTheGroupWas() throws Exception {
            JobOnKafka job = job().write(first, second);
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) job.servers()))) {
                admin.alterConsumerGroupOffsets(
                                job.input(), Map.of(new TopicPartition(job.input(), 0), new OffsetAndMetadata(1)))
                        .all()
                        .get();
            }
            job.runToTheEnd("--starting-offsets", "committed");
            job.hasOnly(Message.all(second), List.of(), List.of());
        }

        @Test
        void committedFallsBackToEarliest() throws Exception {
            JobOnKafka job = job().write(first, second).runToTheEnd("--starting-offsets", "committed");
            job.hasOnly(Message.all(first, second), List.of(), List.of());
        }
    }
}
