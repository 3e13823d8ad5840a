package dev.flinkcookbook.deduplication;

import static dev.flinkcookbook.deduplication.Payments.payment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.deduplication.Payments.Payment;
import dev.flinkcookbook.testbed.FlinkExtension;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DeduplicationPipelineTest {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    /** As a record from Kafka that holds no payment. */
    private static KafkaRecord garbage(int partition, long offset, String value) {
        KafkaRecord record = payment("p-1")
                .on(partition, offset)
                .keyed("k")
                .header("h", null)
                .record();
        return new KafkaRecord(
                record.topic(),
                partition,
                offset,
                record.timestamp(),
                record.key(),
                Payments.utf8(value),
                record.headers());
    }

    private record Judged(List<KafkaRecord> events, List<KafkaRecord> duplicates, List<KafkaRecord> deadLetters) {

        /** Each dead letter as its place and reason. */
        List<String> letters() {
            return deadLetters.stream()
                    .map(letter -> letter + " " + OperatorUnderTest.reason(letter))
                    .toList();
        }
    }

    private static Judged judge(Stream<KafkaRecord> records, String... flags) throws Exception {
        DeduplicationParameters parameters = DeduplicationParameters.from(flags).orElseThrow();
        OccurrenceReader reader = new OccurrenceReader(parameters.fields());
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.setParallelism(1); // So that occurrences arrive in the order in which the test names them.
        DataStream<Occurrence> occurrences = environment
                .fromData(
                        TypeInformation.of(Occurrence.class),
                        records.map(reader::read).toArray(Occurrence[]::new))
                .uid("read")
                .assignTimestampsAndWatermarks(DeduplicationPipeline.watermarks(parameters))
                .uid("watermarks")
                .setParallelism(1);
        DeduplicationPipeline.Outputs outputs = DeduplicationPipeline.build(occurrences, parameters);
        Collected events = new Collected();
        Collected duplicates = new Collected();
        Collected deadLetters = new Collected();
        outputs.events().sinkTo(events).uid("events");
        outputs.duplicates().sinkTo(duplicates).uid("duplicates");
        outputs.deadLetters().sinkTo(deadLetters).uid("dead-letters");
        environment.execute("pipeline");
        return new Judged(events.records(), duplicates.records(), deadLetters.records());
    }

    private static List<KafkaRecord> records(Payment... payments) {
        return Stream.of(payments).map(Payment::record).toList();
    }

    @Nested
    class WithKeepFirst {
        @Test
        void sendsEachOccurrenceToExactlyOneSide() throws Exception {
            Payment first = payment("p-1").on(0, 0).keyed("k").header("h", null);
            Payment again = payment("p-1").on(1, 0);
            Payment other = payment("p-2").on(0, 1);

            Judged judged = judge(
                    Stream.of(first.record(), garbage(0, 2, "{\"paymentId\":\"p-9\""), again.record(), other.record()));

            assertThat(judged.events()).containsExactlyInAnyOrderElementsOf(records(first, other));
            assertThat(judged.duplicates()).isEqualTo(records(again));
            assertThat(judged.letters()).containsExactly("payments-0@2 not-json");
            assertThat(judged.deadLetters().get(0).value()).isEqualTo(Payments.utf8("{\"paymentId\":\"p-9\""));
        }
    }

    @Nested
    class WithKeepFirstInEventTime {
        @Test
        void judgesInTheOrderOfTimeAndSaysWhatCameTooLate() throws Exception {
            Payment second = payment("p-1").at("10:00:04").on(0, 0);
            Payment first = payment("p-1").at("10:00:01").on(1, 0).keyed("k").header("h", null);
            Payment afterTheRetention = payment("p-1").at("10:01:01").on(0, 1);
            Payment ahead = payment("p-3").at("10:30:00").stampedAt("10:00:00").on(0, 2);
            Payment other = payment("p-2").at("10:00:02").on(0, 3);

            Judged judged = judge(
                    Stream.of(second, first, afterTheRetention, ahead, other).map(Payment::record),
                    "--time",
                    "event",
                    "--retention",
                    "1m",
                    "--out-of-orderness",
                    "2m");

            assertThat(judged.events()).containsExactlyInAnyOrderElementsOf(records(first, afterTheRetention, other));
            assertThat(judged.duplicates()).isEqualTo(records(second));
            assertThat(judged.letters()).containsExactly("payments-0@2 time-ahead-of-clock");
        }
    }

    @Nested
    class WithKeepLatest {
        @Test
        void emitsHigherVersionsUnderTheirId() throws Exception {
            Payment one = payment("p-1").version("1").on(0, 0).keyed("a-7");
            Payment three = payment("p-1").version("3").on(0, 1).keyed("a-7");
            Payment two = payment("p-1").version("2").on(1, 0);
            Payment threeAgain = payment("p-1").version("3").on(1, 1);
            Payment instant = payment("p-1").version("\"2026-01-01T00:00:00Z\"").on(1, 2);
            Payment none = payment("p-1").on(1, 3);

            Judged judged = judge(
                    Stream.of(one, three, two, threeAgain, instant, none).map(Payment::record),
                    "--strategy",
                    "keep-latest",
                    "--version-field",
                    "/version");

            assertThat(judged.events()).isEqualTo(records(one.keyed("\"p-1\""), three.keyed("\"p-1\"")));
            assertThat(judged.duplicates()).isEqualTo(records(two, threeAgain));
            assertThat(judged.letters())
                    .containsExactlyInAnyOrder("payments-1@2 version-not-comparable", "payments-1@3 version-missing");
        }
    }

    @Nested
    class WithApproximate {
        @Test
        void sendsEachOccurrenceToExactlyOneSide() throws Exception {
            Payment first = payment("p-1").on(0, 0).keyed("k").header("h", null);
            Payment again = payment("p-1").on(1, 0);
            Payment other = payment("p-2").on(0, 1);

            Judged judged = judge(
                    Stream.of(first.record(), again.record(), other.record(), garbage(0, 2, "{}")),
                    "--strategy",
                    "approximate",
                    "--expected-ids",
                    "1000");

            assertThat(judged.events()).containsExactlyInAnyOrderElementsOf(records(first, other));
            assertThat(judged.duplicates()).isEqualTo(records(again));
            assertThat(judged.letters()).containsExactly("payments-0@2 id-missing");
        }
    }

    @Nested
    class TheJobsGraph {
        private List<StreamNode> nodes(String... flags) {
            StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
            DeduplicationJob.define(
                    environment, DeduplicationParameters.from(flags).orElseThrow());
            return List.copyOf(environment.getStreamGraph().getStreamNodes());
        }

        @Test
        void hasTheUidsThatSavepointsName() {
            assertThat(nodes("--duplicates-topic", "audit"))
                    .extracting(StreamNode::getTransformationUID)
                    .containsExactlyInAnyOrder(
                            "read-events",
                            "split-out-dead-letters",
                            "keep-first",
                            "write-events",
                            "Sink Committer: write-events",
                            "write-dead-letters",
                            "Sink Committer: write-dead-letters",
                            "write-duplicates",
                            "Sink Committer: write-duplicates");
            assertThat(uidOfTheStrategy("--time", "event")).isEqualTo("keep-first-in-event-time");
            assertThat(uidOfTheStrategy("--strategy", "keep-latest", "--version-field", "/v"))
                    .isEqualTo("keep-latest");
            assertThat(uidOfTheStrategy("--strategy", "approximate")).isEqualTo("keep-first-approximately");
        }

        private String uidOfTheStrategy(String... flags) {
            return nodes(flags).stream()
                    .map(StreamNode::getTransformationUID)
                    .filter(uid -> uid.startsWith("keep-"))
                    .collect(Collectors.joining(","));
        }

        @Test
        void hasAMaxParallelismThatNoDefaultDecides() {
            assertThat(nodes("--duplicates-topic", "audit"))
                    .allSatisfy(node -> assertThat(node.getMaxParallelism()).isEqualTo(128));
        }
    }
}
