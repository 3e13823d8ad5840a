package dev.flinkcookbook.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class KafkaFlagsTest {

    /** A job that has no flags but Kafka's. */
    @Command(name = "late-data")
    private static final class Job {
        @Mixin
        final KafkaFlags kafka = new KafkaFlags("late-data", "readings", "readings.on-time");
    }

    private static KafkaFlags flags(String... args) {
        Job job = new Job();
        assertThat(Flags.parse(job, args)).isTrue();
        return job.kafka;
    }

    private static void assertRefused(String line, String... args) {
        assertThatExceptionOfType(FlagException.class)
                .isThrownBy(() -> Flags.parse(new Job(), args))
                .withMessage(line);
    }

    @Nested
    class WithoutAnyFlag {
        private final KafkaFlags flags = flags();

        @Test
        void theRecipeSaysWhichTopics() {
            assertThat(flags.inputTopic()).isEqualTo("readings");
            assertThat(flags.outputTopic()).isEqualTo("readings.on-time");
            assertThat(flags.deadLetterTopic()).isEqualTo("readings.dead-letters");
            assertThat(flags.groupId()).isEqualTo("late-data");
        }

        @Test
        void theTransactionalIdsAreTheSameAtEachStart() {
            assertThat(flags.transactionalIdPrefix())
                    .isEqualTo("late-data-readings.on-time")
                    .isEqualTo(flags().transactionalIdPrefix());
        }

        @Test
        void theOutputIsExactlyOnce() {
            assertThat(flags.delivery()).isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
        }

        @Test
        void theJobReadsFromTheStartAndNeverEndsAndCreatesNothing() {
            assertThat(flags.startingOffsets()).hasToString("earliest");
            assertThat(flags.bounded()).isFalse();
            assertThat(flags.createTopics()).isFalse();
        }

        @Test
        void theClientsKnowTheBrokerAndNothingElse() {
            assertThat(flags.clientProperties()).isEqualTo(Map.of("bootstrap.servers", flags.bootstrapServers()));
        }
    }

    @Nested
    class EachFlag {
        @Test
        void replacesItsDefault() {
            KafkaFlags flags = flags(
                    "--bootstrap-servers=broker:1",
                    "--input-topic=in",
                    "--output-topic=out",
                    "--dead-letter-topic=dead",
                    "--group-id=group",
                    "--transactional-id-prefix=prefix",
                    "--delivery=at-least-once",
                    "--starting-offsets=latest",
                    "--bounded",
                    "--create-topics");
            assertThat(flags.bootstrapServers()).isEqualTo("broker:1");
            assertThat(flags.inputTopic()).isEqualTo("in");
            assertThat(flags.outputTopic()).isEqualTo("out");
            assertThat(flags.deadLetterTopic()).isEqualTo("dead");
            assertThat(flags.groupId()).isEqualTo("group");
            assertThat(flags.transactionalIdPrefix()).isEqualTo("prefix");
            assertThat(flags.delivery()).isEqualTo(DeliveryGuarantee.AT_LEAST_ONCE);
            assertThat(flags.startingOffsets()).hasToString("latest");
            assertThat(flags.bounded()).isTrue();
            assertThat(flags.createTopics()).isTrue();
        }

        @Test
        void movesTheDefaultsThatFollowFromIt() {
            assertThat(flags("--input-topic=in").deadLetterTopic()).isEqualTo("in.dead-letters");
            assertThat(flags("--output-topic=out").transactionalIdPrefix()).isEqualTo("late-data-out");
        }
    }

    @Nested
    class TheBootstrapServers {
        /** Prints what a job would connect to. */
        static final class Main {
            public static void main(String[] args) {
                System.out.print(flags().bootstrapServers());
            }
        }

        @Test
        void areOnThisMachineByDefault() throws Exception {
            assertThat(bootstrapServers(null)).isEqualTo("localhost:9092");
        }

        @Test
        void comeFromTheEnvironmentWhereItNamesThem() throws Exception {
            assertThat(bootstrapServers("broker-1:9092,broker-2:9092")).isEqualTo("broker-1:9092,broker-2:9092");
        }

        // A JVM cannot change its own environment, so a child is asked.
        private static String bootstrapServers(String environment) throws Exception {
            ProcessBuilder child = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Main.class.getName())
                    .redirectError(ProcessBuilder.Redirect.INHERIT);
            child.environment().remove("KAFKA_BOOTSTRAP_SERVERS");
            if (environment != null) {
                child.environment().put("KAFKA_BOOTSTRAP_SERVERS", environment);
            }
            Process process = child.start();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            return printed;
        }
    }

    @Nested
    class TheStartingOffsets {
        private static final TopicPartition PARTITION = new TopicPartition("readings", 0);

        @Test
        void mayBeTheStart() {
            assertThat(offsetsOf("earliest", new Broker(100, Map.of())))
                    .containsExactly(Map.entry(PARTITION, KafkaPartitionSplit.EARLIEST_OFFSET));
        }

        @Test
        void mayBeTheEndAsItIsNow() {
            assertThat(offsetsOf("latest", new Broker(100, Map.of()))).containsExactly(Map.entry(PARTITION, 100L));
        }

        @Test
        void mayBeWhatTheGroupHasCommitted() {
            assertThat(offsetsOf("committed", new Broker(100, Map.of())))
                    .containsExactly(Map.entry(PARTITION, KafkaPartitionSplit.COMMITTED_OFFSET));
        }

        @Test
        void fallBackToTheEarliestForAGroupThatHasCommittedNothing() {
            assertThat(flags("--starting-offsets=committed")
                            .startingOffsets()
                            .initializer()
                            .getAutoOffsetResetStrategy())
                    .hasToString("earliest");
        }

        @Test
        void mayBeTheFirstAtOrAfterAnInstant() {
            long instant = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
            assertThat(offsetsOf("timestamp:2026-01-01T00:00:00Z", new Broker(100, Map.of(instant, 42L))))
                    .containsExactly(Map.entry(PARTITION, 42L));
            assertThat(offsetsOf("timestamp:2026-01-01T01:00:00+01:00", new Broker(100, Map.of(instant, 42L))))
                    .containsExactly(Map.entry(PARTITION, 42L));
        }

        @ParameterizedTest
        @ValueSource(strings = {"first", "Earliest", "", "timestamp", "2026-01-01T00:00:00Z"})
        void areRefusedWithTheFourForms(String given) {
            assertRefused(
                    "--starting-offsets: got '" + given
                            + "', expected earliest, latest, committed or timestamp:<ISO-8601>",
                    "--starting-offsets=" + given);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "timestamp:",
                    "timestamp:yesterday",
                    "timestamp:1767225600000",
                    "timestamp:2026-01-01",
                    "timestamp:+999999999-01-01T00:00:00Z"
                })
        void areRefusedWithAnExampleIfTheInstantIsNone(String given) {
            assertRefused(
                    "--starting-offsets: got '" + given
                            + "', expected timestamp:<ISO-8601>, such as timestamp:2026-01-01T00:00:00Z",
                    "--starting-offsets=" + given);
        }

        private static Map<TopicPartition, Long> offsetsOf(String given, Broker broker) {
            return flags("--starting-offsets=" + given)
                    .startingOffsets()
                    .initializer()
                    .getPartitionOffsets(Set.of(PARTITION), broker);
        }

        /** One that answers as a broker would. */
        private record Broker(long end, Map<Long, Long> offsetsByTime)
                implements OffsetsInitializer.PartitionOffsetsRetriever {
            @Override
            public Map<TopicPartition, Long> committedOffsets(Collection<TopicPartition> partitions) {
                return Map.of();
            }

            @Override
            public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
                return Map.of(PARTITION, end);
            }

            @Override
            public Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions) {
                return Map.of(PARTITION, 0L);
            }

            @Override
            public Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(Map<TopicPartition, Long> times) {
                Map<TopicPartition, OffsetAndTimestamp> offsets = new HashMap<>();
                times.forEach((partition, time) -> {
                    if (offsetsByTime.containsKey(time)) {
                        offsets.put(partition, new OffsetAndTimestamp(offsetsByTime.get(time), time));
                    }
                });
                return offsets;
            }
        }
    }

    @Nested
    class TheDelivery {
        @Test
        void isRefusedWithBothChoices() {
            assertRefused(
                    "--delivery: got 'at-most-once', expected exactly-once or at-least-once",
                    "--delivery=at-most-once");
        }
    }

    @Nested
    class TheFileOfProperties {
        @TempDir
        Path folder;

        @Test
        void goesToEveryClient() throws IOException {
            Path file = Files.writeString(
                    folder.resolve("client.properties"), "security.protocol=SASL_SSL\nsasl.jaas.config=secret\n");
            assertThat(flags("--bootstrap-servers=broker:1", "--kafka-properties=" + file)
                            .clientProperties())
                    .isEqualTo(Map.of(
                            "bootstrap.servers",
                            "broker:1",
                            "security.protocol",
                            "SASL_SSL",
                            "sasl.jaas.config",
                            "secret"));
        }

        @Test
        void namesTheServersUnlessTheFlagDoes() throws IOException {
            Path file = Files.writeString(folder.resolve("client.properties"), "bootstrap.servers=file:1\n");
            assertThat(flags("--kafka-properties=" + file).bootstrapServers()).isEqualTo("file:1");
            assertThat(flags("--kafka-properties=" + file, "--bootstrap-servers=broker:1")
                            .bootstrapServers())
                    .isEqualTo("broker:1");
        }

        @Test
        void isRefusedIfThereIsNone() {
            Path missing = folder.resolve("missing.properties");
            assertUnreadable(missing);
        }

        @Test
        void isRefusedIfItIsAFolder() {
            assertUnreadable(folder);
        }

        @Test
        void isRefusedIfItIsNoFileOfPropertiesAndNothingOfItIsPrinted() throws IOException {
            assertUnreadable(Files.writeString(folder.resolve("malformed"), "password=hunter2\\u12"));
            assertUnreadable(
                    Files.write(folder.resolve("not-utf-8"), "password=\u00ff".getBytes(StandardCharsets.ISO_8859_1)));
        }

        @Test
        void isNeverPrintedWithTheFlags() throws IOException {
            Path file = Files.writeString(folder.resolve("client.properties"), "sasl.jaas.config=hunter2");
            KafkaFlags flags = flags("--kafka-properties=" + file);
            flags.clientProperties();
            assertThat(flags.toString()).doesNotContain("hunter2");
        }

        private static void assertUnreadable(Path file) {
            assertThatExceptionOfType(FlagException.class)
                    .isThrownBy(() -> flags("--kafka-properties=" + file).clientProperties())
                    .withMessage("--kafka-properties: got '" + file + "', expected a readable properties file");
        }
    }

    @Nested
    class Help {
        @Test
        void listsEveryFlagWithItsDefault() {
            PrintStream stdout = System.out;
            ByteArrayOutputStream printed = new ByteArrayOutputStream();
            try (PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
                System.setOut(stream);
                assertThat(Flags.parse(new Job(), "--help")).isFalse();
            } finally {
                System.setOut(stdout);
            }
            assertThat(printed.toString(StandardCharsets.UTF_8).replaceAll("\\s+", " "))
                    .contains(
                            "--bootstrap-servers=HOST:PORT",
                            "KAFKA_BOOTSTRAP_SERVERS, else localhost:9092)",
                            "--input-topic=TOPIC read from (default: readings)",
                            "--output-topic=TOPIC write to (default: readings.on-time)",
                            "--dead-letter-topic=TOPIC",
                            "(default: <input-topic>.dead-letters)",
                            "--group-id=GROUP consumer group (default: late-data)",
                            "--starting-offsets=earliest|latest|committed|timestamp:<ISO-8601>",
                            "(default: earliest)",
                            "--bounded",
                            "--kafka-properties=FILE",
                            "--transactional-id-prefix=PREFIX",
                            "(default: <recipe>-<output-topic>)",
                            "--delivery=exactly-once|at-least-once",
                            "(default: exactly-once)",
                            "--create-topics",
                            "--help");
        }
    }
}
