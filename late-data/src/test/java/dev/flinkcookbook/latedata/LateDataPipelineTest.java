package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.Readings.header;
import static dev.flinkcookbook.latedata.Readings.reading;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.testbed.FlinkExtension;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LateDataPipelineTest {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private static final LatenessPolicy POLICY = Readings.minutes(Duration.ofSeconds(30));

    /** Where a test says when a watermark comes, it comes with the reading: it is the reading's time. */
    private record WithEachReading() implements WatermarkGenerator<Arrival> {
        @Override
        public void onEvent(Arrival arrival, long eventTime, WatermarkOutput output) {
            if (arrival.isReadable()) {
                output.emitWatermark(new Watermark(arrival.at()));
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {}
    }

    private static DataStream<Arrival> stream(KafkaRecord... records) {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.setParallelism(1); // So that arrivals come in the order in which the test names them.
        ReadingReader reader = new ReadingReader(Duration.ofMinutes(1));
        return environment
                .fromData(
                        TypeInformation.of(Arrival.class),
                        Stream.of(records).map(reader::read).toArray(Arrival[]::new))
                .uid("read")
                .assignTimestampsAndWatermarks(WatermarkStrategy.<Arrival>forGenerator(context -> new WithEachReading())
                        .withTimestampAssigner((arrival, unused) -> arrival.at()))
                .uid("watermarks");
    }

    private static KafkaRecord garbage(long offset, String value) {
        KafkaRecord record = reading("s-1").on(0, offset).keyed("k").record();
        return new KafkaRecord(
                record.topic(), 0, offset, record.timestamp(), record.key(), Readings.utf8(value), record.headers());
    }

    @Test
    void eachRecordComesOutInExactlyOnePlace() throws Exception {
        DataStream<Arrival> arrivals = stream(
                reading("s-1").at("10:00:10").celsius("21.4").on(0, 0).record(),
                reading("s-2").at("10:00:20").on(0, 1).record(),
                garbage(2, "{\"sensor\":\"s-1\""),
                reading("s-1").at("10:00:05").celsius("-3").on(0, 3).record(),
                reading("s-3").at("10:01:00").on(0, 4).record(),
                reading("s-1").at("10:00:59").celsius("30").on(0, 5).record(),
                reading("s-3").at("10:30:00").stampedAt("10:01:00").on(0, 6).record(),
                reading("s-3").at("10:01:30").on(0, 7).record(),
                reading("s-1").at("10:00:58").on(0, 8).record());
        LateDataPipeline.Outputs outputs = LateDataPipeline.build(arrivals, POLICY);
        Collected<WindowResult> results = new Collected<>();
        Collected<KafkaRecord> late = new Collected<>();
        Collected<KafkaRecord> deadLetters = new Collected<>();
        outputs.results().sinkTo(results).uid("results");
        outputs.late().sinkTo(late).uid("late");
        outputs.deadLetters().sinkTo(deadLetters).uid("dead-letters");
        arrivals.getExecutionEnvironment().execute("pipeline");

        assertThat(results.elements().stream().map(Readings::line))
                .containsExactlyInAnyOrder(
                        "s-1 10:00-10:01 count 2 min -3 max 21.4 sum 18.4 window 1",
                        "s-2 10:00-10:01 count 1 min 20 max 20 sum 20 window 1",
                        "s-1 10:00-10:01 count 3 min -3 max 30 sum 48.4 window 2",
                        "s-3 10:01-10:02 count 2 min 20 max 20 sum 40 window 1");
        assertThat(late.elements().stream().map(Readings::place)).containsExactly("readings-0@8");
        assertThat(deadLetters.elements().stream()
                        .map(letter -> Readings.place(letter) + " " + header(letter, "dead-letter.reason")))
                .containsExactly("readings-0@2 not-json", "readings-0@6 time-ahead-of-clock");
    }

    /** What a job does that does not ask for its late data: Flink drops it, and a counter is all that is left. */
    @Test
    void controlAWindowOfFlinkDropsWhatIsLate() throws Exception {
        DataStream<Arrival> arrivals = stream(
                reading("s-1").at("10:00:10").record(),
                reading("s-1").at("10:02:00").record(),
                reading("s-1").at("10:00:20").record());
        Collected<Arrival> sums = new Collected<>();
        arrivals.keyBy(Arrival::sensor)
                .window(TumblingEventTimeWindows.of(Duration.ofMinutes(1)))
                .reduce((one, other) -> Arrival.of(
                        one.record(), one.sensor(), one.at(), one.celsius().add(other.celsius())))
                .uid("sums")
                .sinkTo(sums)
                .uid("write-sums");
        arrivals.getExecutionEnvironment().execute("control");

        assertThat(sums.elements())
                .extracting(sum -> sum.celsius().toPlainString())
                .as("60 degrees were measured")
                .containsExactly("20", "20");
    }

    @Nested
    class TheJobsGraph {
        private List<StreamNode> nodes() {
            StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
            LateDataJob.define(environment, LateDataParameters.from().orElseThrow());
            return List.copyOf(environment.getStreamGraph().getStreamNodes());
        }

        @Test
        void hasTheUidsThatSavepointsName() {
            assertThat(nodes())
                    .extracting(StreamNode::getTransformationUID)
                    .containsExactlyInAnyOrder(
                            "read-readings",
                            "split-out-dead-letters",
                            "measure-disorder",
                            "end-event-time",
                            "sum-up-windows",
                            "as-json",
                            "write-results",
                            "Sink Committer: write-results",
                            "write-late",
                            "Sink Committer: write-late",
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
