package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.header;
import static dev.flinkcookbook.latedata.Readings.reading;
import static dev.flinkcookbook.latedata.Readings.time;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.testbed.FlinkExtension;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CorrectionPipelineTest {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private static KafkaRecord in(String topic, KafkaRecord record) {
        return new KafkaRecord(topic, 0, 0, 0, record.key(), record.value(), record.headers());
    }

    private static KafkaRecord result(String sensor, long count, String sum) {
        Totals totals = new Totals(count, BigDecimal.ONE, BigDecimal.TEN, new BigDecimal(sum));
        return in(
                "readings.windows",
                WindowResultJson.record(new WindowResult(
                        sensor, time("10:00:00"), time("10:01:00"), totals, WindowResult.Origin.WINDOW, 1)));
    }

    private static KafkaRecord late(String sensor, String celsius) {
        Arrival arrival = reading(sensor).at("10:00:30").celsius(celsius).arrival();
        return in("readings.late", LateRecords.of(arrival, time("10:00:00"), time("10:01:00"), time("10:02:00")));
    }

    @Test
    void correctsWhatHasLateReadingsAndNothingElse() throws Exception {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        WindowPartReader reader = new WindowPartReader("readings.windows");
        DataStream<WindowPart> parts = environment
                .fromData(
                        TypeInformation.of(WindowPart.class),
                        Stream.of(
                                        result("s-1", 2, "11"),
                                        late("s-1", "4"),
                                        result("s-2", 3, "12"),
                                        late("s-3", "5"),
                                        in("readings.late", reading("s-4").record()))
                                .map(reader::read)
                                .map(Optional::orElseThrow)
                                .toArray(WindowPart[]::new))
                .uid("read")
                .assignTimestampsAndWatermarks(WatermarkStrategy.<WindowPart>noWatermarks()
                        .withTimestampAssigner((part, unused) -> part.time()))
                .uid("times");
        CorrectionPipeline.Outputs outputs = CorrectionPipeline.build(parts, Duration.ofDays(1));
        Collected<Correction> corrections = new Collected<>();
        Collected<KafkaRecord> deadLetters = new Collected<>();
        outputs.corrections().sinkTo(corrections).uid("corrections");
        outputs.deadLetters().sinkTo(deadLetters).uid("dead-letters");
        environment.execute("pipeline");

        assertThat(corrections.elements().stream().map(correction -> Readings.line(correction.result())))
                .containsExactlyInAnyOrder(
                        "s-1 10:00-10:01 count 3 min 1 max 10 sum 15 correction 2",
                        "s-3 10:00-10:01 count 1 min 5 max 5 sum 5 correction 1");
        assertThat(deadLetters.elements().stream().map(letter -> header(letter, "dead-letter.reason")))
                .containsExactly("not-a-late-record");
    }

    @Nested
    class TheJobsGraph {
        private List<StreamNode> nodes() {
            StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
            CorrectionJob.define(environment, CorrectionParameters.from().orElseThrow());
            return List.copyOf(environment.getStreamGraph().getStreamNodes());
        }

        @Test
        void hasTheUidsThatSavepointsName() {
            assertThat(nodes())
                    .extracting(StreamNode::getTransformationUID)
                    .containsExactlyInAnyOrder(
                            "read-parts",
                            "split-out-unreadable-parts",
                            "end-event-time",
                            "correct-results",
                            "as-json",
                            "write-corrections",
                            "Sink Committer: write-corrections",
                            "write-dead-letters",
                            "Sink Committer: write-dead-letters");
        }

        @Test
        void hasAMaxParallelismThatNoDefaultDecides() {
            assertThat(nodes())
                    .allSatisfy(node -> assertThat(node.getMaxParallelism()).isEqualTo(128));
        }
    }
}
