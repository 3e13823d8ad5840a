package dev.flinkcookbook.measuringlatency;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flinkcookbook.testbed.FlinkExtension;
import dev.flinkcookbook.testbed.KafkaBroker;
import dev.flinkcookbook.testbed.KafkaExtension;
import java.time.Duration;
import java.util.OptionalDouble;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What Flink's own means see of a job whose events wait for a window of two seconds. */
@ExtendWith(KafkaExtension.class)
class FlinksOwnMeansIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int EVENTS = 160;

    @RegisterExtension
    static final FlinkExtension flink = new FlinkExtension();

    private final String servers;

    FlinksOwnMeansIT(KafkaBroker kafka) {
        servers = kafka.bootstrapServers();
    }

    @Test
    void latencyMarkersPassWindowsByAndTheSourcesLagEndsBeforeThem() throws Exception {
        flink.set(CoreOptions.DEFAULT_PARALLELISM, 1).set(MetricOptions.LATENCY_INTERVAL, Duration.ofMillis(50));
        RunningJob job = new RunningJob(flink, servers, "--window", "2s", "--out-of-orderness", "0s");
        OpenLoopSchedule twentyASecond = new OpenLoopSchedule(System.currentTimeMillis(), 20);
        try (KafkaProducer<String, String> producer = job.producer()) {
            new OpenLoopSender(twentyASecond, OpenLoopSender.SYSTEM).send(EVENTS, (event, dueAt) -> {
                producer.send(new ProducerRecord<>(
                        job.input(), (int) (event % 2), null, RunningJob.event("e-" + event, dueAt)));
                producer.flush();
            });
        }
        StageLatencies latencies = new StageLatencies();
        for (String result : job.results(EVENTS / 2)) {
            JsonNode json = JSON.readTree(result);
            latencies.record(LatencyOracle.stamps(json), json.get("operatorOut").asLong());
        }
        long window = latencies.of(Stage.WINDOW_WAIT).percentile(50);
        double markers = awaited(job, "latency_median");
        double lag = awaited(job, "currentEmitEventTimeLag");
        assertThat(window).as("what events waited for, the median").isGreaterThan(500);
        assertThat(markers).as("the markers' median").isLessThan(window / 2.0);
        assertThat(lag).as("the source's lag of its newest event").isLessThan(window / 2.0);
        job.drain();
    }

    /** The JobManager asks for metrics every ten seconds. */
    private static double awaited(RunningJob job, String endOfName) {
        return Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> job.rest().highest(job.id(), endOfName), OptionalDouble::isPresent)
                .getAsDouble();
    }
}
