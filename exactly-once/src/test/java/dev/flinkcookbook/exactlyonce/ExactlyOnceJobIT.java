package dev.flinkcookbook.exactlyonce;

import static dev.flinkcookbook.exactlyonce.Transfers.entry;
import static dev.flinkcookbook.exactlyonce.Transfers.transfer;
import static dev.flinkcookbook.exactlyonce.Transfers.transfers;
import static dev.flinkcookbook.exactlyonce.Transfers.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.flinkcookbook.common.FlagException;
import dev.flinkcookbook.exactlyonce.Transfers.Sent;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.InProcessKafka;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import dev.flinkcookbook.testbed.TopicReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The job's own main against a real Kafka. */
@ExtendWith(KafkaExtension.class)
class ExactlyOnceJobIT {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private final KafkaBroker kafka;

    ExactlyOnceJobIT(KafkaBroker kafka) {
        this.kafka = kafka;
    }

    private JobOnKafka job() {
        return JobOnKafka.withTopics(kafka, flink);
    }

    @Nested
    class TheLedger {
        private final Sent one = transfer("t-1").from("a").to("b").amount("10.50");
        private final Sent two = transfer("t-2").from("b").to("a").amount("0.25");
        private final Sent three = transfer("t-3").from("a").to("c").amount("1e2");

        @Test
        void hasBothEntriesOfEachTransferUnderTheirAccountsInOrder() throws Exception {
            JobOnKafka job = job().write(one, two, three).runToTheEnd();

            List<ConsumerRecord<byte[], byte[]>> records = TopicReader.readAll(job.servers(), job.ledger());
            assertThat(of("a", records))
                    .containsExactly(
                            entry("t-1", "a", "-10.50", "-10.50", 1),
                            entry("t-2", "a", "0.25", "-10.25", 2),
                            entry("t-3", "a", "-100", "-110.25", 3));
            assertThat(of("b", records))
                    .containsExactly(entry("t-1", "b", "10.50", "10.50", 1), entry("t-2", "b", "-0.25", "10.25", 2));
            assertThat(of("c", records)).containsExactly(entry("t-3", "c", "100", "100", 1));
            assertThat(records).hasSize(6).allSatisfy(record -> {
                assertThat(record.timestamp()).isEqualTo(Transfers.AT.toEpochMilli());
                assertThat(record.headers()).isEmpty();
            });
            assertThat(job.letters()).isEmpty();
        }

        private List<String> of(String account, List<ConsumerRecord<byte[], byte[]>> records) {
            return JobOnKafka.values(records.stream()
                    .filter(record -> new String(record.key(), StandardCharsets.UTF_8).equals(account))
                    .toList());
        }
    }

    @Nested
    class ADeadLetter {
        /** Bytes that no compression makes smaller, of a size that the input takes. */
        @Test
        void needsATopicThatTakesTwoKilobytesMoreThanTheInput() throws Exception {
            byte[] garbage = new byte[20_000];
            new Random(7).nextBytes(garbage);
            JobOnKafka job = job();
            job.write(List.of(new ProducerRecord<>(job.input(), garbage)));

            limitDeadLetters(job, garbage.length);
            assertThat(job.start().failure()).anyMatch(RecordTooLargeException.class::isInstance);

            limitDeadLetters(job, garbage.length + 2_048);
            job.runToTheEnd();
            assertThat(job.letters())
                    .singleElement()
                    .satisfies(letter -> assertThat(letter.value()).isEqualTo(garbage));
        }

        private static void limitDeadLetters(JobOnKafka job, int bytes) throws Exception {
            try (Admin admin = job.admin()) {
                admin.incrementalAlterConfigs(Map.of(
                                new ConfigResource(ConfigResource.Type.TOPIC, job.deadLetters()),
                                List.of(new AlterConfigOp(
                                        new ConfigEntry("max.message.bytes", Integer.toString(bytes)),
                                        AlterConfigOp.OpType.SET))))
                        .all()
                        .get();
            }
        }

        @Test
        void isTheWholeRecordWithWhereItStoodAndWhy() throws Exception {
            JobOnKafka job = job();
            long timestamp = Transfers.AT.toEpochMilli();
            ProducerRecord<byte[], byte[]> garbage =
                    new ProducerRecord<>(job.input(), 1, timestamp, utf8("key"), utf8("{\"transferId\":"));
            garbage.headers().add("trace", utf8("1")).add("trace", utf8("2"));
            long before = System.currentTimeMillis();
            job.write(transfer("t-1"))
                    .write(List.of(garbage, new ProducerRecord<>(job.input(), 0, utf8("key"), null)))
                    .write(transfer("t-2").amount("-1.00"));

            job.runToTheEnd();

            assertThat(job.entries()).hasSize(2);
            List<ConsumerRecord<byte[], byte[]>> letters = job.letters();
            assertThat(letters)
                    .extracting(letter -> header(letter, "partition") + "@" + header(letter, "offset") + " "
                            + header(letter, "reason"))
                    .containsExactlyInAnyOrder("1@0 not-a-transfer", "0@1 no-value", "0@2 not-positive");
            assertThat(letters)
                    .filteredOn(letter -> header(letter, "partition").equals("1"))
                    .singleElement()
                    .satisfies(letter -> {
                        assertThat(letter.key()).isEqualTo(garbage.key());
                        assertThat(letter.value()).isEqualTo(garbage.value());
                        assertThat(letter.timestamp()).isGreaterThanOrEqualTo(before);
                        assertThat(headers(letter))
                                .startsWith(
                                        "trace=1",
                                        "trace=2",
                                        "dead-letter.topic=" + job.input(),
                                        "dead-letter.partition=1",
                                        "dead-letter.offset=0",
                                        "dead-letter.timestamp=" + timestamp,
                                        "dead-letter.reason=not-a-transfer")
                                .hasSize(8);
                    });
        }

        private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
            return new String(letter.headers().lastHeader("dead-letter." + name).value(), StandardCharsets.UTF_8);
        }

        private static List<String> headers(ConsumerRecord<byte[], byte[]> letter) {
            List<String> all = new ArrayList<>();
            letter.headers()
                    .forEach(
                            header -> all.add(header.key() + "=" + new String(header.value(), StandardCharsets.UTF_8)));
            return all;
        }
    }

    @Nested
    class AnInputTransactionThatIsAborted {
        @Test
        void isNotBooked() throws Exception {
            JobOnKafka job = job().write(transfers(0, 4))
                    .writeAndAbort(transfers(4, 8))
                    .write(transfers(8, 12))
                    .writeAndAbort(transfers(12, 16)); // The end of the input is nothing but this.

            job.runToTheEnd();

            assertThat(job.audit().isExactlyOnce()).isTrue();
            assertThat(job.entries()).hasSize(16);
        }
    }

    @Nested
    class TheGroup {
        /** Nobody restarts from these; they are how monitoring sees the lag. */
        @Test
        void hasCommittedHowFarACheckpointHasRead() throws Exception {
            JobOnKafka job = job().write(transfers(0, 8));
            RunningJob running = job.start().hasCommitted(16);

            JobOnKafka.patiently().until(() -> {
                // An idle consumer would send them up to ten seconds late.
                job.write(transfer("probe").on(0), transfer("probe").on(1));
                return job.committed().stream().filter(offset -> offset >= 4).count() == 2;
            });
            running.cancel();
        }
    }

    @Nested
    class BeforeItStarts {
        @Test
        void refusesAnOutageThatWouldLoseData() {
            assertThatExceptionOfType(FlagException.class)
                    .isThrownBy(() -> job().runToTheEnd("--longest-outage", "10m"))
                    .withMessage(
                            "--transaction-timeout: got '15min', expected more than the longest wait for a checkpoint 5min"
                                    + " + checkpoint timeout 5min + --longest-outage 10min: an outage of that length would lose data");
        }

        @Test
        void hasNothingToRefuseWithoutTransactions() throws Exception {
            JobOnKafka job =
                    job().write(transfer("t-1")).runToTheEnd("--longest-outage", "10m", "--delivery", "at-least-once");

            assertThat(job.entries()).hasSize(2);
        }

        @Test
        void refusesATimeoutThatTheBrokerWouldRefuseLater() throws Exception {
            try (KafkaBroker broker = InProcessKafka.startedOn(0, Map.of("transaction.max.timeout.ms", "60000"))) {
                JobOnKafka job = JobOnKafka.withTopics(broker, flink).write(transfer("t-1"));

                assertThatExceptionOfType(FlagException.class)
                        .isThrownBy(job::runToTheEnd)
                        .withMessage("--transaction-timeout: got '15min', expected at most the broker's"
                                + " transaction.max.timeout.ms, 1min");
                assertThat(job.startUnchecked().failure())
                        .as("what the running job would have said, at each restart")
                        .anyMatch(cause -> cause.getMessage()
                                .contains("The transaction timeout is larger than the maximum value"));

                flink.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofSeconds(15));
                job.runToTheEnd("--transaction-timeout", "60s", "--longest-outage", "20s");
                assertThat(job.entries()).hasSize(2);
            }
        }

        /** Who may not read the broker's settings is none the worse for it, but for the warning. */
        @Test
        void goesOnIfItMayNotAskTheBroker() throws Exception {
            try (KafkaBroker broker = withAcls()) {
                JobOnKafka job = JobOnKafka.withTopics(broker, flink).write(transfer("t-1"));
                grant(job, onTheCluster(AclOperation.DESCRIBE_CONFIGS, AclPermissionType.DENY));

                assertThat(BrokerLimits.longestTransaction(ExactlyOnceParameters.from(job.flags())
                                .orElseThrow()
                                .kafka()
                                .clientProperties()))
                        .isEmpty();
                job.runToTheEnd();
                assertThat(job.entries()).hasSize(2);
            }
        }

        /** It asks for the open transactions on the topics that it writes to, and that is reading. */
        @Test
        void mustBeAllowedToReadItsOutput() throws Exception {
            try (KafkaBroker broker = withAcls()) {
                JobOnKafka job = JobOnKafka.withTopics(broker, flink).write(transfer("t-1"));
                grant(
                        job,
                        on(ResourceType.TOPIC, job.ledger(), AclOperation.DESCRIBE, AclPermissionType.ALLOW),
                        on(ResourceType.TOPIC, job.ledger(), AclOperation.WRITE, AclPermissionType.ALLOW));
                assertThatIllegalStateException()
                        .isThrownBy(job::runToTheEnd)
                        .withMessage("Kafka at " + job.servers() + " does not allow Read on topic " + job.ledger());
                assertThat(job.startUnchecked().failure())
                        .as("what the running job would have said, at each restart")
                        .anyMatch(TopicAuthorizationException.class::isInstance);

                grant(job, on(ResourceType.TOPIC, job.ledger(), AclOperation.READ, AclPermissionType.ALLOW));
                job.runToTheEnd();
                assertThat(job.entries()).hasSize(2);
            }
        }

        private static KafkaBroker withAcls() {
            return InProcessKafka.startedOn(
                    0,
                    Map.of(
                            "authorizer.class.name",
                            "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                            "allow.everyone.if.no.acl.found",
                            "true"));
        }

        private static void grant(JobOnKafka job, AclBinding... acls) throws Exception {
            try (Admin admin = job.admin()) {
                // First: with a refusal alone nobody could do anything on the cluster any more, the broker included.
                admin.createAcls(List.of(onTheCluster(AclOperation.ALL, AclPermissionType.ALLOW)))
                        .all()
                        .get();
                admin.createAcls(List.of(acls)).all().get();
            }
        }

        private static AclBinding onTheCluster(AclOperation operation, AclPermissionType permission) {
            return on(ResourceType.CLUSTER, Resource.CLUSTER_NAME, operation, permission);
        }

        private static AclBinding on(
                ResourceType type, String name, AclOperation operation, AclPermissionType permission) {
            return new AclBinding(
                    new ResourcePattern(type, name, PatternType.LITERAL),
                    new AccessControlEntry("User:*", "*", operation, permission));
        }
    }
}
