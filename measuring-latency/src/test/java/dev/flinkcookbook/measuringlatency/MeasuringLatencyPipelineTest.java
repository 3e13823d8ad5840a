package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.flinkcookbook.common.DeadLetters;
import dev.flinkcookbook.common.KafkaRecord;
import dev.flinkcookbook.testbed.FlinkExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MeasuringLatencyPipelineTest {

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private static Arrival arrival(long offset, String value) {
        byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
        return new Arrival(new KafkaRecord("events", 0, offset, 1_003, null, bytes, new RecordHeaders()), 1_023);
    }

    @Test
    void everyEventBecomesAResultWithItsStampsAndAllElseADeadLetter() throws Exception {
        String[] values = {
            "{\"id\":\"a\",\"sentAt\":1000,\"payload\":\"p\"}",
            "garbage",
            null,
            "{\"id\":\"a\",\"payload\":\"p\"}",
            "{\"id\":\"a\",\"sentAt\":-1,\"payload\":\"p\"}",
            "{\"id\":\"a\",\"sentAt\":1.5,\"payload\":\"p\"}",
            "{\"id\":\"b\",\"sentAt\":1001,\"payload\":\"q\"}"
        };
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.setParallelism(1);
        var arrivals = environment
                .fromData(
                        TypeInformation.of(Arrival.class),
                        IntStream.range(0, values.length)
                                .mapToObj(offset -> arrival(offset, values[offset]))
                                .toArray(Arrival[]::new))
                .uid("read");
        MeasuringLatencyPipeline.Outputs outputs =
                MeasuringLatencyPipeline.build(arrivals, Duration.ZERO, Duration.ZERO, 1);
        Collected results = new Collected();
        Collected deadLetters = new Collected();
        outputs.results().sinkTo(results).uid("results");
        outputs.deadLetters().sinkTo(deadLetters).uid("dead-letters");
        long before = System.currentTimeMillis();
        environment.execute("pipeline");

        List<String> fixed = new ArrayList<>();
        for (KafkaRecord result : results.records()) {
            JsonNode json = new ObjectMapper().readTree(result.value());
            fixed.add(new String(result.key(), StandardCharsets.UTF_8) + " "
                    + json.get("payload").asText() + " " + json.get("sentAt") + " " + json.get("kafkaTimestamp") + " "
                    + json.get("readAt"));
            assertThat(json.get("operatorIn").asLong()).isGreaterThanOrEqualTo(before);
            assertThat(json.get("operatorOut").asLong())
                    .isGreaterThanOrEqualTo(json.get("operatorIn").asLong());
        }
        assertThat(fixed).containsExactly("a p 1000 1003 1023", "b q 1001 1003 1023");
        assertThat(deadLetters.records().stream()
                        .map(letter -> letter + " "
                                + new String(
                                        letter.headers()
                                                .lastHeader(DeadLetters.REASON)
                                                .value(),
                                        StandardCharsets.UTF_8)))
                .containsExactly(
                        "events-0@1 not-an-event",
                        "events-0@2 no-value",
                        "events-0@3 incomplete",
                        "events-0@4 no-time",
                        "events-0@5 not-an-event");
    }

    @Test
    void measuresOneInSoMany() throws Exception {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.setParallelism(1);
        var arrivals = environment
                .fromData(
                        TypeInformation.of(Arrival.class),
                        IntStream.range(0, 7)
                                .mapToObj(id ->
                                        arrival(id, "{\"id\":\"%d\",\"sentAt\":1000,\"payload\":\"p\"}".formatted(id)))
                                .toArray(Arrival[]::new))
                .uid("read");
        Collected results = new Collected();
        MeasuringLatencyPipeline.build(arrivals, Duration.ZERO, Duration.ZERO, 3)
                .results()
                .sinkTo(results)
                .uid("results");
        environment.execute("pipeline");

        List<String> measured = new ArrayList<>();
        for (KafkaRecord result : results.records()) {
            JsonNode json = new ObjectMapper().readTree(result.value());
            if (json.has("readAt")) {
                measured.add(json.get("id").asText());
            }
        }
        assertThat(results.records()).hasSize(7);
        assertThat(measured).containsExactlyInAnyOrder("0", "3", "6");
    }

    @Test
    void theJobsGraphHasTheUidsThatSavepointsName() {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        MeasuringLatencyJob.define(
                environment, MeasuringLatencyParameters.from().orElseThrow());

        assertThat(environment.getStreamGraph().getStreamNodes())
                .extracting(StreamNode::getTransformationUID)
                .containsExactlyInAnyOrder(
                        "read-events",
                        "split-out-dead-letters",
                        "hold-until-window-ends",
                        "process",
                        "write-stamps",
                        "write-results",
                        "Sink Committer: write-results",
                        "write-dead-letters",
                        "Sink Committer: write-dead-letters");
    }
}
